/* Chains: which stages stand behind each other, and how that is written. */
#include <string.h>

#include "fuzz.h"

static uint64_t number_draw(const struct inputs *inputs, struct draw *draw)
{
    size_t lines = bytes_lines(&inputs->sample);
    switch (draw_below(draw, 6)) {
    case 0:
        return draw_below(draw, 4);
    case 1:
        return draw_below(draw, 100);
    case 2:
        return lines - (lines > 0) + draw_below(draw, 3);
    case 3:
        return draw_below(draw, lines + 1);
    default:
        return draw_percent(draw, 90) ? draw_below(draw, 2 + lines / 8) : 1000000000;
    }
}

/* Not what ends a word, or the line; and not what is a word of the command's own. */
static void clean(char *text)
{
    text[strcspn(text, "\n")] = '\0';
    if (!strcmp(text, "!") || !strcmp(text, "+") || !strncmp(text, "text=", 5))
        strcpy(text, "a");
}

/* Mostly a piece of what is searched. */
static void pattern_draw(char *text, const struct inputs *inputs, struct draw *draw)
{
    static const char *const others[] = {"", "ERROR", "-v", "--", "aa", "zzz", "\r", "a.b", "[a]"};
    const struct bytes *sample = &inputs->sample;
    memset(text, 0, TEXT_BYTES);
    if (!sample->n || draw_percent(draw, 25)) {
        strcpy(text, others[draw_below(draw, sizeof others / sizeof *others)]);
        return;
    }
    size_t at = draw_below(draw, sample->n);
    size_t most = draw_percent(draw, 70) ? 5 : TEXT_BYTES - 1;
    size_t n = 1 + draw_below(draw, most);
    memcpy(text, sample->at + at, n < sample->n - at ? n : sample->n - at);
    clean(text);
}

/* About as long as the longest line that begins behind a place that is drawn, but for the last. */
static size_t longest_line(const struct bytes *sample, struct draw *draw)
{
    size_t longest = 0;
    size_t begin = draw_below(draw, sample->n + 1);
    for (size_t at = begin; at < sample->n; at++)
        if (sample->at[at] == '\n') {
            longest = at - begin > longest ? at - begin : longest;
            begin = at + 1;
        }
    return longest;
}

static void line_limit_draw(struct step *step, const struct inputs *inputs, struct draw *draw)
{
    step->given = draw_percent(draw, 35);
    if (draw_percent(draw, 30))
        step->number = (uint64_t)1 << (10 + draw_below(draw, 12));
    else
        step->number = longest_line(&inputs->sample, draw) + draw_below(draw, 4);
    step->number -= step->number > 1; /* one too few, just enough, for a CR too, or more */
    step->number += step->number == 0;
}

static enum step_kind lines_step_draw(struct draw *draw)
{
    static const enum step_kind kinds[] = {STEP_GREP,  STEP_GREP, STEP_GREP,     STEP_GREP,
                                           STEP_TAKE,  STEP_SKIP, STEP_TAKE,     STEP_SKIP,
                                           STEP_COUNT, STEP_HEAD, STEP_TO_LINES, STEP_TO_LINES};
    return kinds[draw_below(draw, sizeof kinds / sizeof *kinds)];
}

/* `plain`: what flows can be looked at, which is not so with what gzip made in this chain. */
static enum step_kind bytes_step_draw(unsigned depth, bool plain, struct draw *draw)
{
    if (draw_percent(draw, depth ? 85 : 2))
        return STEP_GUNZIP;
    return plain && draw_percent(draw, 75) ? STEP_LINES : STEP_GZIP;
}

static void step_draw(struct step *step, const struct inputs *inputs, struct draw *draw)
{
    switch (step->kind) {
    case STEP_LINES:
        line_limit_draw(step, inputs, draw);
        break;
    case STEP_GREP:
        step->invert = draw_percent(draw, 40);
        pattern_draw(step->text, inputs, draw);
        break;
    case STEP_GZIP:
        step->given = draw_percent(draw, 50);
        step->number = draw_below(draw, 10);
        if (draw_percent(draw, 40))
            snprintf(step->text, sizeof step->text, "threads=%u",
                     1 + (unsigned)draw_below(draw, 4));
        break;
    case STEP_HEAD:
        step->given = draw_percent(draw, 50);
        step->number = number_draw(inputs, draw);
        break;
    default:
        step->number = number_draw(inputs, draw);
    }
}

void chain_draw(struct chain *chain, const struct inputs *inputs, struct draw *draw)
{
    unsigned depth = inputs->depth, made = 0;
    bool lines = false;
    *chain = (struct chain){.n = draw_below(draw, 25) ? 1 : 0};
    chain->n += chain->n ? draw_below(draw, 1 + draw_below(draw, STEPS_MAX)) : 0;
    for (struct step *step = chain->step; step < chain->step + chain->n; step++) {
        step->kind = lines ? lines_step_draw(draw) : bytes_step_draw(depth, !made, draw);
        step_draw(step, inputs, draw);
        if (step->kind == STEP_LINES || step->kind == STEP_COUNT || step->kind == STEP_TO_LINES)
            lines = step->kind == STEP_LINES;
        if (step->kind == STEP_COUNT || step->kind == STEP_LINES)
            depth = 0;
        depth += step->kind == STEP_GZIP;
        made += step->kind == STEP_GZIP;
        depth -= step->kind == STEP_GUNZIP && depth;
        made -= step->kind == STEP_GUNZIP && made;
    }
}

/* ---- words ---- */

static const char *number_word(char *to, const char *before, uint64_t number)
{
    snprintf(to, NUMBER_BYTES, "%s%llu", before, (unsigned long long)number);
    return to;
}

size_t step_words(const struct step *step, const char **words, char number[NUMBER_BYTES])
{
    static const char *const names[] = {"lines", "grep", "take", "skip",  "head",
                                        "count", "to",   "gzip", "gunzip"};
    size_t n = 0;
    words[n++] = names[step->kind];
    switch (step->kind) {
    case STEP_GREP:
        if (step->invert)
            words[n++] = "-v";
        if (step->text[0] == '-')
            words[n++] = "--";
        words[n++] = step->text;
        break;
    case STEP_TO_LINES:
        words[n++] = "lines";
        break;
    case STEP_TAKE:
    case STEP_SKIP:
        words[n++] = number_word(number, "", step->number);
        break;
    default:
        if (step->kind == STEP_GZIP && step->text[0])
            words[n++] = step->text;
        if (step->given)
            words[n++] = number_word(number,
                                     step->kind == STEP_LINES  ? "max="
                                     : step->kind == STEP_GZIP ? "level="
                                                               : "",
                                     step->number);
    }
    return n;
}

static bool is_plain(const char *word)
{
    return word[0] &&
           !word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                              "-_=./+!")];
}

void print_word(FILE *to, const char *word)
{
    if (is_plain(word)) {
        fputs(word, to);
        return;
    }
    if (!word[0]) {
        fputs("''", to);
        return;
    }
    fputs("\"$(printf '", to); /* a newline at its end would go; there is none */
    for (const unsigned char *at = (const unsigned char *)word; *at; at++)
        fprintf(to, *at > ' ' && *at < 127 && !strchr("'\\%", *at) ? "%c" : "\\%03o", *at);
    fputs("')\"", to);
}
