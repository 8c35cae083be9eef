/* Errors, for those who know no layout of theirs. */

#include "weir/alloc.h"
#include "weir/bind.h"

weir_error *weir_error_new(void)
{
    weir_error *error = weir_allocate(sizeof *error);
    return error ? weir_error_set(error, WEIR_OK, "%s", "") : NULL;
}

void weir_error_say(weir_error *error, weir_code code, int64_t number, const char *message)
{
    weir_error_set(error, code, "%s", message);
    error->number = number;
}

weir_code weir_error_code(const weir_error *error)
{
    return error->code;
}

bool weir_error_is_fatal(const weir_error *error)
{
    return error->fatal;
}

const char *weir_error_message(const weir_error *error)
{
    return error->message;
}

const char *weir_error_place(const weir_error *error)
{
    return error->place;
}

const char *weir_error_cure(const weir_error *error)
{
    return error->cure;
}

int64_t weir_error_number(const weir_error *error)
{
    return error->number;
}

uint64_t weir_error_byte(const weir_error *error)
{
    return weir_error_has_byte(error) ? error->byte : WEIR_NOWHERE;
}

uint64_t weir_error_record(const weir_error *error)
{
    return error->record;
}
