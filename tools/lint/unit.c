/* One file: parsed once, then each rule looks at each function of it. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../weir/memory.h"
#include "rule.h"
#include "unit_private.h"

enum { FINDINGS_MAX = 1000, FUNCTIONS_MAX = 20000, BLOCK_BYTES = 1 << 18 };

/* ---- memory ---- */

struct block {
    struct block *older;
    _Alignas(16) char bytes[];
};

/* Kept where sanitizers find it, so that what is lost is seen. */
static char *new_block(size_t bytes)
{
    static struct block *newest;
    struct block *made = memory_zeroed(1, sizeof *made + bytes);

    made->older = newest;
    newest = made;
    return made->bytes;
}

void *unit_memory(size_t bytes)
{
    static char *block;
    static size_t left;

    bytes = (bytes + !bytes + 15) & ~(size_t)15;
    if (bytes > BLOCK_BYTES / 4)
        return new_block(bytes);
    if (bytes > left) {
        block = new_block(BLOCK_BYTES);
        left = BLOCK_BYTES;
    }
    void *memory = block;
    block += bytes;
    left -= bytes;
    return memory;
}

const char *unit_text_of(const char *format, va_list list)
{
    va_list again;
    va_copy(again, list);
    size_t size = (size_t)vsnprintf(NULL, 0, format, again) + 1;
    va_end(again);
    char *text = unit_memory(size);
    vsnprintf(text, size, format, list);
    return text;
}

const char *unit_text(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    const char *text = unit_text_of(format, list);
    va_end(list);
    return text;
}

const char *unit_string(CXString text)
{
    const char *from = clang.getCString(text);
    size_t n = from ? strlen(from) : 0;
    char *copy = unit_memory(n + 1);
    if (n)
        memcpy(copy, from, n);
    clang.disposeString(text);
    return copy;
}

/* ---- what the compiler said ---- */

/* A jump into a loop is understood well, and goto_into_loop has more to say of it. */
static bool is_error(CXDiagnostic diagnostic)
{
    return clang.getDiagnosticSeverity(diagnostic) >= CXDiagnostic_Error &&
           strncmp(unit_string(clang.getDiagnosticSpelling(diagnostic)), "cannot jump from ", 17) !=
               0;
}

bool unit_has_error(struct unit *unit, CXCursor cursor)
{
    CXFile file, other;
    unsigned from, to, at, n = clang.getNumDiagnostics(unit->tu);
    CXSourceRange range = clang.getCursorExtent(cursor);

    if (!unit->result->parse_errors)
        return false;
    clang.getFileLocation(clang.getRangeStart(range), &file, NULL, NULL, &from);
    clang.getFileLocation(clang.getRangeEnd(range), NULL, NULL, NULL, &to);
    for (unsigned i = 0; i < n; i++) {
        CXDiagnostic diagnostic = clang.getDiagnostic(unit->tu, i);
        clang.getFileLocation(clang.getDiagnosticLocation(diagnostic), &other, NULL, NULL, &at);
        bool within = is_error(diagnostic) && other == file && at >= from && at <= to;
        clang.disposeDiagnostic(diagnostic);
        if (within)
            return true;
    }
    return false;
}

static void count_errors(struct unit *unit)
{
    unsigned n = clang.getNumDiagnostics(unit->tu);
    for (unsigned i = 0; i < n; i++) {
        CXDiagnostic diagnostic = clang.getDiagnostic(unit->tu, i);
        if (is_error(diagnostic) && !unit->result->parse_errors++)
            unit->result->parse_error = unit_string(clang.formatDiagnostic(
                diagnostic, CXDiagnostic_DisplaySourceLocation | CXDiagnostic_DisplayColumn));
        clang.disposeDiagnostic(diagnostic);
    }
}

/* ---- findings ---- */

static bool same_finding(const struct finding *a, const struct finding *b)
{
    return a->rule == b->rule && a->at.line == b->at.line && a->at.column == b->at.column &&
           !strcmp(a->at.file, b->at.file);
}

void unit_report(struct unit *unit, const struct finding *finding)
{
    struct unit_result *result = unit->result;
    struct finding copy = *finding;

    copy.rule = unit->rule;
    for (size_t i = 0; i < result->findings_n; i++)
        if (same_finding(&result->findings[i], &copy))
            return;
    if (!result->findings)
        result->findings = memory_zeroed(FINDINGS_MAX, sizeof *result->findings);
    if (result->findings_n < FINDINGS_MAX)
        result->findings[result->findings_n++] = copy;
}

void unit_silent(struct unit *unit, enum silence why)
{
    unit->result->silent[why]++;
}

static int by_place(const void *a, const void *b)
{
    const struct place *x = &((const struct finding *)a)->at, *y = &((const struct finding *)b)->at;
    int files = strcmp(x->file, y->file);
    if (files)
        return files;
    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    return x->column < y->column ? -1 : x->column > y->column;
}

/* ---- the functions of the file ---- */

/* Also what a macro made there, whose name may be pasted together. */
bool unit_is_own(struct unit *unit, CXCursor cursor)
{
    CXFile file;
    clang.getFileLocation(clang.getCursorLocation(cursor), &file, NULL, NULL, NULL);
    return file && file == clang.getFile(unit->tu, unit->file);
}

struct listed {
    struct unit *unit;
    const struct function **functions;
    size_t n;
};

static enum CXChildVisitResult list_function(CXCursor cursor, CXCursor parent, CXClientData data)
{
    struct listed *listed = data;
    (void)parent;
    if (clang.getCursorKind(cursor) != CXCursor_FunctionDecl || !clang.isCursorDefinition(cursor) ||
        !unit_is_own(listed->unit, cursor))
        return CXChildVisit_Continue;
    if (listed->n == FUNCTIONS_MAX) {
        unit_silent(listed->unit, SILENT_LARGE);
        return CXChildVisit_Continue;
    }
    const struct function *function = tree_of(listed->unit, symbol_of(listed->unit, cursor));
    if (function)
        listed->functions[listed->n++] = function;
    return CXChildVisit_Continue;
}

static void note_calls(const struct function *function)
{
    const struct node *tree = function->body;
    for (const struct node *node = tree; node; node = node_after(node, tree))
        if (node->kind == NODE_CALL && node->symbol)
            symbol_entry(node->symbol)->called = true;
}

static void look(struct unit *unit, const bool *enabled)
{
    struct listed listed = {unit, memory_zeroed(FUNCTIONS_MAX, sizeof *listed.functions), 0};

    clang.visitChildren(clang.getTranslationUnitCursor(unit->tu), list_function, &listed);
    unit->result->functions = listed.n;
    for (size_t i = 0; i < listed.n; i++)
        note_calls(listed.functions[i]);
    for (size_t i = 0; i < listed.n; i++) {
        if (listed.functions[i]->broken) {
            unit_silent(unit, listed.functions[i]->large ? SILENT_LARGE : SILENT_PARSE);
            continue;
        }
        for (size_t k = 0; rules[k]; k++) {
            unit->rule = rules[k];
            if (enabled[k])
                rules[k]->check(unit, listed.functions[i]);
        }
    }
    free(listed.functions);
}

static const char *refusal(enum CXErrorCode code)
{
    switch (code) {
    case CXError_Crashed:
        return "the compiler crashed on it";
    case CXError_InvalidArguments:
        return "the compiler does not take these flags, or there is no such file";
    default:
        return "the compiler could not parse it";
    }
}

void unit_lint(const char *file, const char *const *arguments, size_t n, const bool *enabled,
               struct unit_result *result)
{
    struct unit unit = {.file = file, .result = result};
    CXIndex index = clang.createIndex(0, 0);

    memset(result, 0, sizeof *result);
    enum CXErrorCode code = clang.parseTranslationUnit2(index, file, arguments, (int)n, NULL, 0,
                                                        CXTranslationUnit_KeepGoing, &unit.tu);
    if (code) {
        result->failed = refusal(code);
        return;
    }
    count_errors(&unit);
    look(&unit, enabled);
    if (result->findings_n)
        qsort(result->findings, result->findings_n, sizeof *result->findings, by_place);
}
