/* The table of a text by the library, for tests/cli/explained.sh: explained TEXT. */
#include <stdio.h>
#include <string.h>

#include "weir.h"
#include "weir/pipeline.h"

int main(int argc, char **argv)
{
    static char table[1 << 16];
    weir_parse_options options = WEIR_PARSE_OPTIONS(.allow = WEIR_ALLOW_READ | WEIR_ALLOW_WRITE |
                                                             WEIR_ALLOW_NET | WEIR_ALLOW_EXEC);
    weir_note note;
    weir_error error;
    const char *text = argc == 2 ? argv[1] : "";
    weir_rt *rt = weir_rt_new(NULL, &error);
    weir_pipeline *pipeline = weir_parse(text, strlen(text), &options, &note);

    if (!pipeline || !rt) {
        fprintf(stderr, "%s\n", pipeline ? error.message : note.message);
        return 1;
    }
    weir_pipeline_explain(pipeline, rt, table, sizeof table);
    fputs(table, stdout);
    weir_pipeline_drop(pipeline);
    weir_rt_drop(rt);
    return 0;
}
