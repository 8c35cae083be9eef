/* Lines of JSON, member by member. What has no room is counted all the same (format/json_text.h).
 */
#ifndef WEIR_INSPECT_JSON_H
#define WEIR_INSPECT_JSON_H

#include "format/json_text.h"
#include "weir/base.h"

/* {"t":"TYPE" */
void weir_say_begin(weir_json_out *to, const char *type);
void weir_say_end(weir_json_out *to); /* } and the end of the line */

/* ,"key":value; text NULL: null. Of a text that is no UTF-8 the odd bytes are '?'. */
void weir_say_text(weir_json_out *to, const char *key, const char *text);
void weir_say_bytes(weir_json_out *to, const char *key, const void *bytes, size_t n);
void weir_say_number(weir_json_out *to, const char *key, uint64_t number);
void weir_say_id(weir_json_out *to, const char *key, size_t id); /* SIZE_MAX: null */
/* With three decimals; negative: null. */
void weir_say_real(weir_json_out *to, const char *key, double number);
void weir_say_bool(weir_json_out *to, const char *key, bool value);
void weir_say_site(weir_json_out *to, const char *key, const weir_site *site); /* import.c:41 */

/* The pieces themselves. */
void weir_say(weir_json_out *to, const char *plain);
void weir_say_key(weir_json_out *to, const char *key); /* ,"key": */
void weir_say_decimal(weir_json_out *to, uint64_t number);
void weir_say_string(weir_json_out *to, const void *bytes, size_t n);

#endif
