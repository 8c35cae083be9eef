/* complete.h: the catalogue for a shell that completes words. */
#ifndef TOOL_COMPLETE_H
#define TOOL_COMPLETE_H

/* `weir stages --complete`, and behind that `-- WORD...`. Both print lines of columns with tabs
 * between them; the exit code.
 *
 * Without words the catalogue: `stage NAME TAKES GIVES DOES` of each stage, `arg STAGE KIND WORD`
 * of each word that may stand behind one, `address SCHEME DOES`, `command NAME`. TAKES and GIVES
 * are what flows, commas between them: `nothing`, or for GIVES `same`.
 *
 * With the words of a command line up to the one that is being typed, what may stand there:
 * `KIND WORD DOES`, of which `file` has no word: names of files. */
int complete_print(int n, char *const *words);

#endif
