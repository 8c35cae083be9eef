/* The date of an answer. A second is formatted once, however many answers it has: while it lasts by
 * the clock of the turns, the wall clock is not read. */

#include <string.h>

#include "http/exchange.h"
#include "task/rt.h"

#define DATE_NS_PER_S 1000000000
enum { DAY_S = 86400, YEARS_DAYS = 146097 /* of 400 years */ };

static _Thread_local struct {
    const weir_sys *sys;
    uint64_t from_ns, until_ns;
    char text[WEIR_HTTP_DATE_BYTES + 1];
} date;

static void put_two(char *out, unsigned n)
{
    out[0] = (char)('0' + n / 10 % 10);
    out[1] = (char)('0' + n % 10);
}

/* Years begin with March, so that the leap day is their last one; `day` counts from 1970 on. */
static void put_day(char *out, uint64_t day)
{
    static const char names[] = "ThuFriSatSunMonTueWed";
    static const char months[] = "MarAprMayJunJulAugSepOctNovDecJanFeb";
    uint64_t since = day + 719468; /* from the 1st of March of the year 0 on */
    unsigned in = (unsigned)(since % YEARS_DAYS);
    unsigned year = (in - in / 1460 + in / 36524 - in / 146096) / 365;
    unsigned in_year = in - (365 * year + year / 4 - year / 100);
    unsigned month = (5 * in_year + 2) / 153;
    year += (unsigned)(since / YEARS_DAYS) * 400 + (month >= 10);
    memcpy(out, names + 3 * (day % 7), 3);
    put_two(out + 5, in_year - (153 * month + 2) / 5 + 1);
    memcpy(out + 8, months + 3 * month, 3);
    put_two(out + 12, year / 100);
    put_two(out + 14, year);
}

void weir_http_date_put(char *out, uint64_t unix_s)
{
    unsigned in_day = (unsigned)(unix_s % DAY_S);
    memcpy(out, "Day, 00 Mon 0000 00:00:00 GMT", WEIR_HTTP_DATE_BYTES + 1);
    put_day(out, unix_s / DAY_S);
    put_two(out + 17, in_day / 3600);
    put_two(out + 20, in_day / 60 % 60);
    put_two(out + 23, in_day % 60);
}

const char *weir_http_date(weir_cx *cx)
{
    const weir_sys *sys = cx->worker ? weir_cx_driver(cx)->sys : &weir_sys_posix;
    if (date.sys == sys && cx->now_ns - date.from_ns < date.until_ns - date.from_ns)
        return date.text;
    int64_t said_ns = sys->unix_ns(sys);
    uint64_t unix_ns = said_ns > 0 ? (uint64_t)said_ns : 0;
    weir_http_date_put(date.text, unix_ns / DATE_NS_PER_S);
    date.sys = sys;
    date.from_ns = cx->now_ns;
    date.until_ns = cx->now_ns + DATE_NS_PER_S - unix_ns % DATE_NS_PER_S;
    return date.text;
}
