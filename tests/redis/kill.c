/* Two workers of one group, killed at random while they work: nothing is lost. And the control,
 * which settles on arrival: it loses some, or the test would see nothing.
 *
 * WEIR_REDIS_KILL=MESSAGES: so many, killed until they are done; and the server is killed too. */

#include "broker.h"

int redis_kill(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_lost),
        cmocka_unit_test(the_control_loses),
    };
    if (!broker_begin())
        return 0;
    int failed = cmocka_run_group_tests_name("redis: kill", tests, NULL, NULL);
    broker_end();
    return failed;
}
