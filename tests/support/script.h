/* What the scripted stream and the scripted reader share. */
#ifndef WEIR_TESTS_SCRIPT_H
#define WEIR_TESTS_SCRIPT_H

#include "doubles.h"

/* The answer of the step it stands at, which is no item and no bytes. */
weir_poll script_answer(struct script *script, weir_cx *cx);

/* The chain is dropped. */
void script_leave(struct script *script);

#endif
