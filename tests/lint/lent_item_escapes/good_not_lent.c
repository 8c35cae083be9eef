/* Items that lend nothing: entries of a directory, and pointers to texts of the program's own. */
#include <weir.h>

struct newest {
    weir_dir_entry entry;
    const char *word;
};

static const char *const words[] = {"weir", "sluice", "dam"};

bool find_newest(struct newest *newest, const char *directory, weir_error *error)
{
    static const weir_type word_type = WEIR_TYPE(const char *);
    weir_for_try (weir_dir_entry, entry, weir_read_dir(directory), *error)
        if (entry.inode > newest->entry.inode)
            newest->entry = entry;
    weir_for_await (const char *, word, weir_iter(&word_type, words, 3))
        newest->word = word;
    return error->code == WEIR_OK;
}
