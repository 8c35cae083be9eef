/* complete.h: the catalogue for a shell that completes words. */
#ifndef TOOL_COMPLETE_H
#define TOOL_COMPLETE_H

/* Prints, tab separated, `stage NAME TAKES GIVES DOES` of each stage and `arg STAGE KIND WORD` of
 * each word that may stand behind one; `address SCHEME DOES`; `command NAME`. TAKES and GIVES are
 * what flows, commas between them: `nothing`, or for GIVES `same`. */
int complete_print(void);

#endif
