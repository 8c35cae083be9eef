/* The date of an answer. A clock's second is formatted once, however many answers it has. */

#include <string.h>
#include <time.h>

#include "http/exchange.h"

static _Thread_local struct {
    uint64_t second; /* of the turn's clock, and one more; 0: nothing yet */
    char text[WEIR_HTTP_DATE_BYTES + 1];
} date;

static void put_two(char *out, int n)
{
    out[0] = (char)('0' + n / 10);
    out[1] = (char)('0' + n % 10);
}

static void make(void)
{
    static const char days[] = "SunMonTueWedThuFriSat";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    time_t now = time(NULL);
    struct tm at;
    gmtime_r(&now, &at);
    memcpy(date.text, "Day, 00 Mon 0000 00:00:00 GMT", sizeof date.text);
    memcpy(date.text, days + 3 * (size_t)at.tm_wday, 3);
    put_two(date.text + 5, at.tm_mday);
    memcpy(date.text + 8, months + 3 * (size_t)at.tm_mon, 3);
    put_two(date.text + 12, (at.tm_year + 1900) / 100);
    put_two(date.text + 14, (at.tm_year + 1900) % 100);
    put_two(date.text + 17, at.tm_hour);
    put_two(date.text + 20, at.tm_min);
    put_two(date.text + 23, at.tm_sec);
}

const char *weir_http_date(weir_cx *cx)
{
    uint64_t second = cx->now_ns / 1000000000u + 1;
    if (date.second != second) {
        make();
        date.second = second;
    }
    return date.text;
}
