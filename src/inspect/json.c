/* Members of lines. */

#include "inspect/json.h"

#include <string.h>

#include "core/format.h"

void weir_say(weir_json_out *to, const char *plain)
{
    weir_json_put(to, plain, strlen(plain));
}

void weir_say_decimal(weir_json_out *to, uint64_t number)
{
    char digits[20];
    size_t at = sizeof digits;
    do
        digits[--at] = (char)('0' + number % 10);
    while (number /= 10);
    weir_json_put(to, digits + at, sizeof digits - at);
}

/* Names of files and programs are any bytes. */
static void say_odd(weir_json_out *to, const unsigned char *bytes, size_t n)
{
    size_t wrong;
    weir_say(to, "\"");
    for (size_t i = 0; i < n; i++) {
        char byte = bytes[i] < 0x80 ? (char)bytes[i] : '?';
        weir_json_out quoted = {(unsigned char[8]){0}, 8, 0};
        (void)weir_json_put_text(&quoted, (weir_text){&byte, 1}, &wrong);
        weir_json_put(to, quoted.out + 1, quoted.n - 2);
    }
    weir_say(to, "\"");
}

void weir_say_string(weir_json_out *to, const void *bytes, size_t n)
{
    size_t wrong;
    if (!weir_json_put_text(to, (weir_text){bytes, n}, &wrong))
        say_odd(to, bytes, n);
}

void weir_say_key(weir_json_out *to, const char *key)
{
    weir_say(to, ",\"");
    weir_say(to, key);
    weir_say(to, "\":");
}

void weir_say_begin(weir_json_out *to, const char *type)
{
    weir_say(to, "{\"t\":\"");
    weir_say(to, type);
    weir_say(to, "\"");
}

void weir_say_end(weir_json_out *to)
{
    weir_say(to, "}\n");
}

void weir_say_bytes(weir_json_out *to, const char *key, const void *bytes, size_t n)
{
    weir_say_key(to, key);
    weir_say_string(to, bytes, n);
}

void weir_say_text(weir_json_out *to, const char *key, const char *text)
{
    if (text) {
        weir_say_bytes(to, key, text, strlen(text));
        return;
    }
    weir_say_key(to, key);
    weir_say(to, "null");
}

void weir_say_number(weir_json_out *to, const char *key, uint64_t number)
{
    weir_say_key(to, key);
    weir_say_decimal(to, number);
}

void weir_say_real(weir_json_out *to, const char *key, double number)
{
    if (!(number >= 0 && number < 1e15)) {
        weir_say_text(to, key, NULL);
        return;
    }
    uint64_t all = (uint64_t)(number * 1000 + 0.5);
    char decimals[] = {'.', (char)('0' + all % 1000 / 100), (char)('0' + all % 100 / 10),
                       (char)('0' + all % 10), 0};
    weir_say_number(to, key, all / 1000);
    weir_say(to, decimals);
}

void weir_say_id(weir_json_out *to, const char *key, size_t id)
{
    if (id == SIZE_MAX)
        weir_say_text(to, key, NULL);
    else
        weir_say_number(to, key, id);
}

void weir_say_bool(weir_json_out *to, const char *key, bool value)
{
    weir_say_key(to, key);
    weir_say(to, value ? "true" : "false");
}

void weir_say_site(weir_json_out *to, const char *key, const weir_site *site)
{
    char text[WEIR_PLACE_BYTES];
    if (!site || !site->file) {
        weir_say_text(to, key, NULL);
        return;
    }
    weir_format(text, sizeof text, "%s:%u", weir_site_file(site), site->line);
    weir_say_text(to, key, text);
}
