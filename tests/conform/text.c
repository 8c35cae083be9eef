/* Bytes as JSON has them: a string if each is printable ASCII, tab, LF or CR, else base64. */

#include "conform.h"

#include <stdlib.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static bool plain(const unsigned char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((bytes[i] < ' ' || bytes[i] > '~') && !strchr("\t\n\r", bytes[i] ? bytes[i] : 1))
            return false;
    return true;
}

static json_t *encoded(const unsigned char *bytes, size_t n)
{
    size_t size = (n + 2) / 3 * 4;
    char *text = malloc(size + 1), *at = text;
    if (!text)
        return NULL;
    for (size_t i = 0; i < n; i += 3) {
        size_t left = n - i;
        uint32_t bits = (uint32_t)bytes[i] << 16;
        bits |= left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0;
        bits |= left > 2 ? bytes[i + 2] : 0;
        *at++ = alphabet[bits >> 18];
        *at++ = alphabet[bits >> 12 & 63];
        *at++ = left > 1 ? alphabet[bits >> 6 & 63] : '=';
        *at++ = left > 2 ? alphabet[bits & 63] : '=';
    }
    json_t *made = json_pack("{s:s#}", "b64", text, (int)size);
    free(text);
    return made;
}

json_t *text_from(const void *bytes, size_t n)
{
    return plain(bytes, n) ? json_stringn(n ? bytes : "", n) : encoded(bytes, n);
}

static unsigned char *decoded(const char *text, size_t *n)
{
    size_t length = strlen(text);
    unsigned char *bytes = length % 4 ? NULL : malloc(length / 4 * 3 + 1);
    *n = 0;
    for (size_t i = 0; bytes && i < length; i += 4) {
        uint32_t bits = 0;
        for (size_t j = 0; j < 4; j++) {
            const char *digit = strchr(alphabet, text[i + j]);
            bits = bits << 6 | (digit ? (uint32_t)(digit - alphabet) : 0);
        }
        for (int shift = 16; shift >= 0; shift -= 8)
            bytes[(*n)++] = (unsigned char)(bits >> shift);
    }
    for (size_t i = length; bytes && i && text[i - 1] == '='; i--)
        (*n)--;
    return bytes;
}

unsigned char *text_bytes(const json_t *json, size_t *n)
{
    const char *text = json_string_value(json_object_get(json, "b64"));
    if (text)
        return decoded(text, n);
    if (!json_is_string(json))
        return NULL;
    *n = json_string_length(json);
    unsigned char *bytes = malloc(*n + 1);
    if (bytes)
        memcpy(bytes, json_string_value(json), *n);
    return bytes;
}
