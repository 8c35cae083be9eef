/* What is printed. Without memory the command ends. */
#include "print.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "pipeline/plan.h"
#include "pipeline/room.h"
#include "pipeline/text.h"

/* As a block of the command's own. */
static char *own(char *text)
{
    if (!text)
        memory_end();
    char *copy = memory_text(text, strlen(text));
    weir_pl_room_free(text);
    return copy;
}

char *print_harmless(const char *text)
{
    return own(weir_pl_text_harmless(text));
}

char *print_node(const struct node *node, const struct words *words)
{
    return own(weir_pl_plan_node_text(node, words));
}

void text_print(FILE *to, const char *text)
{
    char *harmless = print_harmless(text);

    fputs(harmless, to);
    free(harmless);
}

bool plan_print(FILE *to, struct pipeline *pipeline, const char *driver)
{
    if (!weir_pl_plan_measure(pipeline))
        return false;
    size_t size = weir_pl_plan_text(pipeline, driver, NULL, 0) + 1;
    char *table = memory_zeroed(size, 1);
    if (size == 1 || !weir_pl_plan_text(pipeline, driver, table, size))
        memory_end();
    fputs(table, to);
    free(table);
    return true;
}
