/* The page of the help, which a command without a lint has too. */
#include "help.h"

#include <stdio.h>

void lint_help(void)
{
    fputs(
        "weir lint: loops that should be parallel, waits that should not be held\n"
        "\n"
        "  weir lint [OPTIONS] FILE...        C files of a program that uses weir\n"
        "  weir lint [OPTIONS] -p DIR         all C files of DIR/compile_commands.json\n"
        "  weir lint [OPTIONS] FILE... -- CC-FLAGS        all flags, and no others\n"
        "\n"
        "Each file is parsed as it is compiled: with what compile_commands.json says, which is\n"
        "looked for from the file's directory upwards, there and in build/. Meson writes one;\n"
        "cmake does with -DCMAKE_EXPORT_COMPILE_COMMANDS=ON; for make: bear -- make. A file that\n"
        "is not in it is parsed as the nearest one that is. Without one the flags are those of\n"
        "pkg-config --cflags weir, and -std=gnu11.\n"
        "\n"
        "  -p DIR                  DIR/compile_commands.json, and no other\n"
        "  -j N                    at most N files at once; without it as many as processors\n"
        "  -v                      what is left out, and which file's flags were taken\n"
        "  --format=FORM           text, gcc (as compilers say it), json (one finding a line),\n"
        "                          sarif (2.1.0)\n"
        "  --enable=RULE,...       look for these too, or for a group; all: for every rule\n"
        "  --disable=RULE,...      do not look for these; --disable=all --enable=RULE: for one\n"
        "  --fail-on=LEVEL         least that exits with 1: warning (unless told), error; none\n"
        "  --fix                   write the cures that are safe into the files\n"
        "  --diff                  print them as a diff for patch -p1, and nothing else\n"
        "  --stats                 how much was looked at, and where rules kept silent\n"
        "  --rules                 what rules there are\n"
        "  --explain RULE          one of them in full\n"
        "  --help\n"
        "\n"
        "A finding that is meant is allowed by a comment behind the line, or above it:\n"
        "\n"
        "    /* weir-lint: allow(sequential_loops) one printer, its jobs stay in order */\n"
        "\n"
        "The reason is needed; a comment that allows nothing is found itself.\n"
        "\n"
        "libclang is loaded when it is needed, 14 or later; WEIR_LIBCLANG names another one. The\n"
        "program is parsed with WEIR_LINT defined, whatever it is compiled with.\n"
        "\n"
        "Exit codes: 0 nothing is found; 1 findings; 2 the command line is wrong; 3 nothing was\n"
        "understood in full, and nothing found. A file with errors in it is looked at where it is\n"
        "understood: 'not understood in full' on standard error says so.\n",
        stdout);
}
