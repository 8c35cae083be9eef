/* The commands that have files of their own. */
#ifndef WEIR_INSPECT_ANSWERS_H
#define WEIR_INSPECT_ANSWERS_H

#include "inspect/session_inside.h"

void weir_answer_tasks(struct weir_session *session, const struct weir_words *words);
/* What is new since it was told; false: nothing is. */
bool weir_say_new_machine(struct weir_session *session, weir_json_out *line);
bool weir_say_new_advice(struct weir_session *session, weir_json_out *line);

void weir_answer_machine(struct weir_session *session, const struct weir_words *words);
void weir_answer_advice(struct weir_session *session, const struct weir_words *words);
void weir_answer_set(struct weir_session *session, const struct weir_words *words);
void weir_answer_trial(struct weir_session *session, const struct weir_words *words);
void weir_answer_tap(struct weir_session *session, const struct weir_words *words);
void weir_answer_trace(struct weir_session *session, const struct weir_words *words);

#endif
