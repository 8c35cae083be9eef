/* Separators, quotes and comments, which must not be taken for each other. */

#include "format/csv_dialect.h"

weir_csv_dialect weir_csv_dialect_of(char separator, char quote, char comment, bool no_quotes,
                                     bool escapes)
{
    return (weir_csv_dialect){.separator = (unsigned char)(separator ? separator : ','),
                              .quote = (unsigned char)(quote ? quote : '"'),
                              .comment = (unsigned char)comment,
                              .quotes = !no_quotes && !escapes,
                              .escapes = escapes,
                              .comments = comment};
}

static bool ends_lines(unsigned char byte)
{
    return byte == '\n' || byte == '\r';
}

const char *weir_csv_dialect_fault(const weir_csv_dialect *by)
{
    if (ends_lines(by->separator) || (by->quotes && ends_lines(by->quote)))
        return "separator and quote are bytes that end no line";
    if (by->quotes && by->separator == by->quote)
        return "separator and quote are two different bytes";
    bool clash = by->comment == by->separator || (by->quotes && by->comment == by->quote);
    if (by->escapes && (by->separator == '\\' || by->comment == '\\'))
        return "a backslash begins what is escaped";
    if (by->comments && (clash || ends_lines(by->comment)))
        return "a comment begins with a byte of its own";
    return NULL;
}

bool weir_csv_dialect_same(const weir_csv_dialect *a, const weir_csv_dialect *b)
{
    return a->separator == b->separator && a->quotes == b->quotes && a->escapes == b->escapes &&
           (!a->quotes || a->quote == b->quote);
}
