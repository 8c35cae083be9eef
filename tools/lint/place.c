/* Where things stand, and what is written there. Of what a macro made, the place is where the macro
 * is used; what was given to it stands where it was written. */
#include <ctype.h>
#include <string.h>

#include "unit_private.h"

/* The characters of a file; none where they are not there. */
static const char *contents_of(struct unit *unit, CXFile file, size_t *bytes)
{
    const char *text = file ? clang.getFileContents(unit->tu, file, bytes) : NULL;
    *bytes = text ? *bytes : 0;
    return text ? text : "";
}

/* One end of a range, as text: the bytes that stand before and behind it. */
struct spot {
    CXFile file;
    const char *text;
    size_t bytes;
    unsigned offset, line, column;
};

static struct spot spot_of(struct unit *unit, CXSourceLocation at, bool written)
{
    struct spot spot = {0};
    if (written)
        clang.getSpellingLocation(at, &spot.file, &spot.line, &spot.column, &spot.offset);
    else
        clang.getFileLocation(at, &spot.file, &spot.line, &spot.column, &spot.offset);
    spot.text = contents_of(unit, spot.file, &spot.bytes);
    if (spot.offset > spot.bytes)
        spot.bytes = spot.offset = 0;
    return spot;
}

static struct spot begin_of(struct unit *unit, CXCursor cursor, bool written)
{
    return spot_of(unit, clang.getRangeStart(clang.getCursorExtent(cursor)), written);
}

/* ---- operators ---- */

static bool is_space_before(const struct spot *spot, unsigned at)
{
    char c = spot->text[at - 1];
    return isspace((unsigned char)c) || c == '\\';
}

/* Where the last byte before `at` stands that is no blank. */
static unsigned past_blanks(const struct spot *spot, unsigned at)
{
    while (at && is_space_before(spot, at))
        at--;
    return at;
}

static const char signs[] = "=!<>+-*/%&|^,";

static const char *operator_before(const struct spot *spot)
{
    unsigned end = past_blanks(spot, spot->offset), begin = end;
    while (begin && end - begin < 3 && strchr(signs, spot->text[begin - 1]))
        begin--;
    if (end - begin == 3 &&
        (!memcmp(spot->text + begin, "++", 2) || !memcmp(spot->text + begin, "--", 2)))
        begin += 2; /* i++, x */
    return end > begin ? unit_text("%.*s", (int)(end - begin), spot->text + begin) : "";
}

/* No macro has to do with it. */
static bool is_plain(CXCursor cursor)
{
    unsigned at, used;
    CXFile file, file_used;
    CXSourceLocation begin = clang.getRangeStart(clang.getCursorExtent(cursor));
    clang.getSpellingLocation(begin, &file, NULL, NULL, &at);
    clang.getExpansionLocation(begin, &file_used, NULL, NULL, &used);
    return at == used && file == file_used;
}

static const char *operator_behind(struct unit *unit, CXCursor left)
{
    struct spot spot = spot_of(unit, clang.getRangeEnd(clang.getCursorExtent(left)), true);
    size_t at = spot.offset, n;

    while (at < spot.bytes && isspace((unsigned char)spot.text[at]))
        at++;
    for (n = 0; at + n < spot.bytes && n < 3; n++)
        if (!strchr(signs, spot.text[at + n]) ||
            (n && strchr("*&-+!", spot.text[at + n]) && spot.text[at + n] != spot.text[at]))
            break;
    return unit_text("%.*s", (int)n, spot.text + at);
}

/* Behind the left side, where that is plain text; else in the macro that made both, or before the
 * one that made the right side. */
const char *place_operator(struct unit *unit, CXCursor left, CXCursor right)
{
    struct spot written = begin_of(unit, right, true), used = begin_of(unit, right, false);
    const char *op = is_plain(left) ? operator_behind(unit, left) : operator_before(&written);
    return *op ? op : operator_before(&used);
}

unsigned place_semicolons(struct unit *unit, CXCursor part)
{
    struct spot spot = begin_of(unit, part, true);
    unsigned n = 0, at = past_blanks(&spot, spot.offset);
    for (; at && spot.text[at - 1] == ';'; at = past_blanks(&spot, at - 1))
        n++;
    return n;
}

char place_sign(struct unit *unit, CXCursor cursor)
{
    struct spot spot = begin_of(unit, cursor, true);
    return spot.offset < spot.bytes ? spot.text[spot.offset] : 0;
}

bool place_same_begin(CXCursor a, CXCursor b)
{
    unsigned at_a, at_b;
    CXFile file_a, file_b;
    clang.getSpellingLocation(clang.getRangeStart(clang.getCursorExtent(a)), &file_a, NULL, NULL,
                              &at_a);
    clang.getSpellingLocation(clang.getRangeStart(clang.getCursorExtent(b)), &file_b, NULL, NULL,
                              &at_b);
    return at_a == at_b && file_a == file_b;
}

bool place_in_macro(CXCursor cursor)
{
    unsigned at, used;
    CXFile file, file_used;
    CXSourceLocation location = clang.getCursorLocation(cursor);
    clang.getSpellingLocation(location, &file, NULL, NULL, &at);
    clang.getFileLocation(location, &file_used, NULL, NULL, &used);
    return at != used || file != file_used;
}

bool node_in_macro(const struct node *node)
{
    return place_in_macro(node->cursor);
}

/* ---- places for people ---- */

static const char *file_name(struct unit *unit, CXFile file)
{
    const char *name = file ? unit_string(clang.getFileName(file)) : unit->file;
    return name && *name ? name : unit->file;
}

const char *symbol_file(struct unit *unit, const struct symbol *symbol)
{
    CXFile file;
    clang.getFileLocation(clang.getCursorLocation(symbol->cursor), &file, NULL, NULL, NULL);
    return file_name(unit, file);
}

static size_t word_length(const struct spot *spot)
{
    size_t n = 0;
    while (spot->offset + n < spot->bytes) {
        char c = spot->text[spot->offset + n];
        if (!isalnum((unsigned char)c) && c != '_')
            break;
        n++;
    }
    return n ? n : 1;
}

static unsigned line_end(const struct spot *spot)
{
    size_t at = spot->offset;
    while (at < spot->bytes && spot->text[at] != '\n')
        at++;
    return spot->column + (unsigned)(at - spot->offset);
}

struct place node_place(struct unit *unit, const struct node *node)
{
    CXSourceRange range = clang.getCursorExtent(node->cursor);
    struct spot begin = spot_of(unit, clang.getRangeStart(range), false);
    struct spot end = spot_of(unit, clang.getRangeEnd(range), false);
    bool one_line = end.file == begin.file && end.line == begin.line && end.column > begin.column;
    return (struct place){file_name(unit, begin.file), begin.line, begin.column,
                          one_line ? end.column : line_end(&begin)};
}

static struct place word_at(struct unit *unit, struct spot spot)
{
    unsigned end_column = spot.column + (unsigned)word_length(&spot);
    return (struct place){file_name(unit, spot.file), spot.line, spot.column, end_column};
}

struct place node_word(struct unit *unit, const struct node *node)
{
    return word_at(unit, begin_of(unit, node->cursor, false));
}

struct place symbol_word(struct unit *unit, const struct symbol *symbol)
{
    CXCursor definition = clang.getCursorDefinition(symbol->cursor);
    CXCursor shown = clang.Cursor_isNull(definition) ? symbol->cursor : definition;
    return word_at(unit, spot_of(unit, clang.getCursorLocation(shown), false));
}

const char *node_name(struct unit *unit, const struct node *node)
{
    struct spot spot = begin_of(unit, node->cursor, false);
    return unit_text("%.*s", (int)word_length(&spot), spot.text + spot.offset);
}

const char *node_text(struct unit *unit, const struct node *node, size_t max)
{
    CXSourceRange range = clang.getCursorExtent(node->cursor);
    struct spot begin = spot_of(unit, clang.getRangeStart(range), false);
    struct spot end = spot_of(unit, clang.getRangeEnd(range), false);
    char *out = unit_memory(max + 4);
    size_t n = 0;

    if (begin.file != end.file || end.offset <= begin.offset)
        return "...";
    for (unsigned at = begin.offset; at < end.offset; at++) {
        bool blank = isspace((unsigned char)begin.text[at]);
        if (n == max) {
            memcpy(out + n, "...", 4);
            return out;
        }
        if (!blank || (n && out[n - 1] != ' '))
            out[n++] = blank ? ' ' : begin.text[at];
    }
    out[n] = '\0';
    return out;
}

bool node_offsets(struct unit *unit, const struct node *node, size_t *from, size_t *to)
{
    CXSourceRange range = clang.getCursorExtent(node->cursor);
    struct spot begin = spot_of(unit, clang.getRangeStart(range), false);
    struct spot end = spot_of(unit, clang.getRangeEnd(range), false);
    *from = begin.offset;
    *to = end.offset;
    return begin.file == end.file && *from < *to;
}

const char *symbol_text(struct unit *unit, const struct symbol *symbol, const char **file,
                        size_t *from, size_t *to)
{
    CXSourceRange range = clang.getCursorExtent(symbol->cursor);
    struct spot begin = spot_of(unit, clang.getRangeStart(range), false);
    struct spot end = spot_of(unit, clang.getRangeEnd(range), false);

    if (begin.file != end.file || end.offset <= begin.offset || end.offset - begin.offset > 400)
        return NULL;
    *file = file_name(unit, begin.file);
    *from = begin.offset;
    *to = end.offset;
    return unit_text("%.*s", (int)(end.offset - begin.offset), begin.text + begin.offset);
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

size_t symbol_mentions(struct unit *unit, const struct symbol *symbol)
{
    size_t bytes, n = strlen(symbol->name), mentions = 0;
    const char *text = contents_of(unit, clang.getFile(unit->tu, unit->file), &bytes);

    for (size_t at = 0; at + n <= bytes; at++)
        if (!memcmp(text + at, symbol->name, n) && (!at || !is_word(text[at - 1])) &&
            (at + n == bytes || !is_word(text[at + n])))
            mentions++;
    return mentions;
}
