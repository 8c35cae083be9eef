/* The actions of a peek_script. */

#include <stdio.h>
#include <string.h>

#include "conform.h"

bool peek_action_parse(const json_t *json, struct peek_action *out)
{
    const char *text = json_string_value(json);
    char eq[REASON_BYTES];
    if (!text)
        return false;
    *out = (struct peek_action){.what = PEEK, .key = "peek"};
    if (!strcmp(text, "peek"))
        return true;
    *out = (struct peek_action){.what = PEEK_NEXT, .key = "next"};
    if (!strcmp(text, "next"))
        return true;
    *out = (struct peek_action){.what = PEEK_MUT, .key = "peek_mut"};
    if (!strncmp(text, "peek_mut:", 9))
        return function_parse(FUNCTION_MAP, text + 9, &out->fn);
    *out = (struct peek_action){.what = PEEK_NEXT_IF, .key = "next_if"};
    if (!strncmp(text, "next_if:", 8))
        return function_parse(FUNCTION_PREDICATE, text + 8, &out->fn);
    out->key = "next_if_eq";
    if (strncmp(text, "next_if_eq:", 11))
        return false;
    snprintf(eq, sizeof eq, "eq:%s", text + 11);
    return function_parse(FUNCTION_PREDICATE, eq, &out->fn);
}
