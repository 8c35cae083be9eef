/*
 * make_log BYTES [SEED]: writes a made-up web server log to stdout, for benchmarks that read text.
 *
 * The same BYTES and SEED give the same bytes on every machine. Lines are 60 to 200 bytes long and
 * the output ends with the first whole line that reaches BYTES. The word ERROR is in the lines of
 * that level (about 3%) and in no other, so that counting it is a check on a pipeline.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    LINE_MAX_BYTES = 200,
    BUFFER_BYTES = 1 << 20,
    CLIENTS = 1024,
    IDS = 1000000,              /* the numbers at the end of paths */
    START_SECONDS = 1709251200, /* 2024-03-01T00:00:00Z */
};

/* Bounds the clock too: at 3.5 ms a line on average, this is about a year of log. */
#define BYTES_LIMIT (UINT64_C(1) << 40)

struct piece {
    size_t length;
    const char *text;
};

#define PIECE(literal)                                                                             \
    {                                                                                              \
        sizeof(literal) - 1, literal                                                               \
    }
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

struct client {
    size_t length;
    char text[20];
};

struct generator {
    uint64_t random;
    uint64_t clock_ms;
    uint64_t stamp_second; /* the second that stamp holds */
    char stamp[32];        /* "2024-03-01T00:00:00" */
    struct client clients[CLIENTS];
};

static const struct piece agents[] = {
    PIECE("\"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 "
          "Chrome/124.0.0.0 Safari/537.36\"\n"),
    PIECE("\"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/17.4 Safari/605.1.15\"\n"),
    PIECE("\"Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) Mobile/15E148\"\n"),
    PIECE("\"Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0\"\n"),
    PIECE("\"Mozilla/5.0 (Linux; Android 14; Pixel 8) Chrome/124.0.0.0 Mobile\"\n"),
    PIECE("\"Googlebot/2.1 (+http://www.google.com/bot.html)\"\n"),
    PIECE("\"okhttp/4.12.0\"\n"),
    PIECE("\"-\"\n"),
    PIECE("\"python-requests/2.31.0\"\n"),
    PIECE("\"curl/8.5.0\"\n"),
    PIECE("\"kube-probe/1.29\"\n"),
};

/* A method and the start of a path; a number follows. */
static const struct piece requests[] = {
    PIECE("GET /api/v2/users/"),         PIECE("GET /api/v2/orders/"),
    PIECE("GET /static/img/product-"),   PIECE("GET /search?q=garden+chair&page="),
    PIECE("POST /api/v2/cart/items/"),   PIECE("GET /products/outdoor/furniture/"),
    PIECE("PUT /api/v2/users/profile/"), PIECE("POST /api/v2/checkout/session/"),
    PIECE("HEAD /healthz?probe="),       PIECE("DELETE /api/v2/cart/items/"),
};

static const struct piece info_statuses[] = {
    PIECE(" 200 "),
    PIECE(" 304 "),
    PIECE(" 201 "),
    PIECE(" 204 "),
};
static const struct piece warn_statuses[] = {
    PIECE(" 404 "),
    PIECE(" 401 "),
    PIECE(" 429 "),
    PIECE(" 400 "),
};
static const struct piece error_statuses[] = {
    PIECE(" 500 "),
    PIECE(" 503 "),
    PIECE(" 502 "),
    PIECE(" 504 "),
};

/* What the level of a line decides. Every table of statuses has four. */
struct level {
    struct piece name;
    const struct piece *statuses;
    unsigned slowest_bits; /* latencies are below 2^slowest_bits ms */
};

static const struct level level_info = {PIECE("Z INFO "), info_statuses, 8};
static const struct level level_warn = {PIECE("Z WARN "), warn_statuses, 10};
static const struct level level_error = {PIECE("Z ERROR "), error_statuses, 13};

/* splitmix64: any seed will do, 0 included. */
static uint64_t next_random(uint64_t *state)
{
    *state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = *state;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* Takes a value below 2^bits off the low end of a random word. */
static uint64_t take(uint64_t *word, unsigned bits)
{
    uint64_t value = *word & ((UINT64_C(1) << bits) - 1);
    *word >>= bits;
    return value;
}

/* An index below count in which the early entries are much the likelier, as in real traffic. */
static size_t take_skewed(uint64_t *word, size_t count)
{
    uint64_t a = take(word, 10);
    uint64_t b = take(word, 10);
    return (size_t)(a * b * count >> 20);
}

static char *put(char *at, const char *text, size_t length)
{
    memcpy(at, text, length);
    return at + length;
}

static char *put_piece(char *at, const struct piece *piece)
{
    return put(at, piece->text, piece->length);
}

static char *put_number(char *at, uint64_t number)
{
    char digits[20];
    size_t first = sizeof digits;
    do {
        digits[--first] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    return put(at, digits + first, sizeof digits - first);
}

/* Formats the date only when the second changes: it is the slow part of a line. */
static void set_stamp(struct generator *generator, uint64_t second)
{
    time_t seconds = (time_t)second;
    const struct tm *utc = gmtime(&seconds);
    if (utc == NULL ||
        strftime(generator->stamp, sizeof generator->stamp, "%Y-%m-%dT%H:%M:%S", utc) == 0) {
        fputs("make_log: this machine cannot format the date\n", stderr);
        exit(EXIT_FAILURE);
    }
    generator->stamp_second = second;
}

static char *put_time(char *at, struct generator *generator)
{
    uint64_t second = generator->clock_ms / 1000;
    uint64_t ms = generator->clock_ms % 1000;
    if (second != generator->stamp_second) {
        set_stamp(generator, second);
    }
    at = put(at, generator->stamp, sizeof "2024-03-01T00:00:00" - 1);
    *at++ = '.';
    *at++ = (char)('0' + ms / 100);
    *at++ = (char)('0' + ms / 10 % 10);
    *at++ = (char)('0' + ms % 10);
    return at;
}

static const struct level *pick_level(uint64_t draw)
{
    uint64_t percent = draw * 100 >> 16;
    if (percent < 3) {
        return &level_error;
    }
    return percent < 10 ? &level_warn : &level_info;
}

/* A power-of-two ceiling first, so that most latencies are short and a few are long. */
static char *put_latency(char *at, uint64_t *word, unsigned slowest_bits)
{
    unsigned bits = slowest_bits - (unsigned)take(word, 2) - (unsigned)take(word, 2);
    at = put_number(at, take(word, bits));
    return put(at, "ms ", 3);
}

/* A client keeps to one agent, as a rule: real logs compress well because of such ties. */
static size_t pick_agent(uint64_t *word, size_t client)
{
    if (take(word, 2) == 0) {
        return take_skewed(word, COUNT(agents));
    }
    return client % COUNT(agents);
}

static char *put_line(char *at, struct generator *generator)
{
    uint64_t who = next_random(&generator->random);
    uint64_t what = next_random(&generator->random);
    const struct level *level = pick_level(take(&who, 16));
    const struct client *client = &generator->clients[take_skewed(&who, CLIENTS)];
    generator->clock_ms += take(&who, 3);
    at = put_time(at, generator);
    at = put_piece(at, &level->name);
    at = put(at, client->text, client->length);
    at = put_piece(at, &requests[take_skewed(&what, COUNT(requests))]);
    at = put_number(at, take_skewed(&what, IDS));
    at = put_piece(at, &level->statuses[take(&what, 2) & take(&what, 2)]);
    at = put_latency(at, &what, level->slowest_bits);
    return put_piece(at, &agents[pick_agent(&who, (size_t)(client - generator->clients))]);
}

static void make_clients(struct generator *generator)
{
    for (size_t i = 0; i < CLIENTS; i++) {
        struct client *client = &generator->clients[i];
        uint64_t word = next_random(&generator->random);
        char *at = put(client->text, "10", 2); /* a private network: nobody's real address */
        for (int part = 0; part < 3; part++) {
            *at++ = '.';
            at = put_number(at, 1 + take(&word, 8) % 254);
        }
        *at++ = ' ';
        client->length = (size_t)(at - client->text);
    }
}

static void write_all(const char *bytes, size_t length)
{
    if (fwrite(bytes, 1, length, stdout) != length) {
        perror("make_log: stdout");
        exit(EXIT_FAILURE);
    }
}

static void write_log(struct generator *generator, uint64_t bytes)
{
    static char buffer[BUFFER_BYTES];
    const char *full = buffer + sizeof buffer - LINE_MAX_BYTES;
    uint64_t written = 0;
    while (written < bytes) {
        char *at = buffer;
        while (at <= full && written + (uint64_t)(at - buffer) < bytes) {
            at = put_line(at, generator);
        }
        write_all(buffer, (size_t)(at - buffer));
        written += (uint64_t)(at - buffer);
    }
}

/* strtoull alone would take "-1", " 1" and "". */
static int parse(const char *text, uint64_t *value)
{
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    *value = number;
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0;
}

int main(int argc, char **argv)
{
    static struct generator generator;
    uint64_t bytes = 0;
    uint64_t seed = 1;
    if (argc < 2 || argc > 3 || !parse(argv[1], &bytes) || bytes == 0 || bytes > BYTES_LIMIT ||
        (argc == 3 && !parse(argv[2], &seed))) {
        fputs("usage: make_log BYTES [SEED]\n"
              "BYTES is from 1 to 2^40; SEED is 1 if left out\n",
              stderr);
        return 2;
    }
    generator.random = seed;
    generator.clock_ms = (uint64_t)START_SECONDS * 1000;
    make_clients(&generator);
    write_log(&generator, bytes);
    if (fclose(stdout) != 0) {
        perror("make_log: stdout");
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
