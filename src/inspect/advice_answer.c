/* The lines "machine" and "advice". */

#include "core/format.h"
#include "inspect/advise.h"
#include "inspect/answers.h"
#include "inspect/counsel.h"

#define ADVICE_ANSWER_LOOK_EVERY_NS UINT64_C(100000000)

/* ---- machine ---- */

static void say_machine(const struct weir_machine *machine, weir_json_out *line)
{
    weir_say_begin(line, "machine");
    weir_say_number(line, "cores", machine->cores);
    weir_say_real(line, "usable", weir_machine_usable(machine));
    weir_say_text(line, "from", weir_machine_from(machine));
    weir_say_real(line, "pressure", machine->pressure); /* negative: null */
    weir_say_real(line, "quota", machine->quota > 0 ? machine->quota : -1);
    weir_say_real(line, "spread", machine->calibrated > 0 ? machine->spread : -1);
}

bool weir_say_new_machine(struct weir_session *session, weir_json_out *line)
{
    struct weir_machine machine;
    uint64_t n = weir_export_machine(session->of, &machine);
    if (n == session->machine_told)
        return false;
    session->machine_told = n;
    say_machine(&machine, line);
    return true;
}

static bool next_of_machine(struct weir_session *session, weir_json_out *line)
{
    struct weir_machine machine;
    session->machine_told = weir_export_machine(session->of, &machine);
    say_machine(&machine, line);
    return false;
}

void weir_answer_machine(struct weir_session *session, const struct weir_words *words)
{
    (void)words;
    weir_export_read_machine(session->of);
    weir_session_answer(session, (struct weir_answer){.of = "machine", .next = next_of_machine});
}

/* ---- advice ---- */

static void say_none(const struct weir_advice *advice, weir_json_out *line)
{
    char why[160] = "";
    weir_say_begin(line, "advice");
    weir_say_text(line, "rule", NULL);
    if (advice && weir_silence_text(advice, why, sizeof why) && why[0])
        weir_say_text(line, "text", why);
}

static void say_advice(struct weir_session *session, weir_json_out *line)
{
    size_t id;
    const struct weir_advice *advice = weir_counsel_advice(session->of, &session->known, &id);
    session->advice_told = weir_counsel_n(session->of);
    session->advised = advice != NULL;
    if (!advice) {
        say_none(weir_counsel_silence(session->of), line);
        return;
    }
    weir_say_begin(line, "advice");
    weir_say_text(line, "rule", advice->rule);
    weir_say_id(line, "id", id);
    weir_say_text(line, "text", advice->text);
    weir_say_text(line, "assumes", advice->assumes);
    weir_say_real(line, "gain", advice->gain);
    weir_say_real(line, "low", advice->low);
    weir_say_real(line, "high", advice->high);
    weir_say_text(line, "change", advice->change);
    weir_say_number(line, "more", advice->more);
}

bool weir_say_new_advice(struct weir_session *session, weir_json_out *line)
{
    size_t id;
    if (session->advice_told == weir_counsel_n(session->of))
        return false;
    bool is = weir_counsel_advice(session->of, &session->known, &id);
    session->advice_told = weir_counsel_n(session->of);
    if (!is && !session->advised)
        return false;
    say_advice(session, line);
    return true;
}

/* Until a window is over. */
static bool next_of_advice(struct weir_session *session, weir_json_out *line)
{
    weir_counsel_tick(session->of, session->now_ns);
    if (weir_counsel_n(session->of) > session->answer.at) {
        say_advice(session, line);
        return false;
    }
    session->answer.due_ns = weir_after_ns(session->now_ns, ADVICE_ANSWER_LOOK_EVERY_NS);
    return true;
}

static void advice_answer_drop(void *of)
{
    weir_export_unwatch(of);
}

/* One that was given before is given at once. */
void weir_answer_advice(struct weir_session *session, const struct weir_words *words)
{
    (void)words;
    weir_session_read(session, false);
    weir_export_watch(session->of);
    weir_export_calibrate(session->of);
    bool watched = session->period_ns && weir_counsel_n(session->of);
    weir_session_answer(session,
                        (struct weir_answer){.of = "advice",
                                             .next = next_of_advice,
                                             .at = watched ? 0 : weir_counsel_n(session->of),
                                             .state = session->of,
                                             .drop = advice_answer_drop});
}
