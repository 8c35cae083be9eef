/* What one client is told, whatever carries it: lines of JSON, as docs/inspector.md says. A session
 * belongs to one thread. */
#ifndef WEIR_INSPECT_SESSION_H
#define WEIR_INSPECT_SESSION_H

#include "inspect/export.h"

struct weir_session;

/* Begins with its first line, "hello". NULL: *error says why. LIMIT: WEIR_INSPECT_CLIENTS_MAX are
 * told already; weir_session_busy() is what to say then. */
struct weir_session *weir_session_new(struct weir_export *of, weir_error *error) WEIR_MUST_USE;
void weir_session_drop(struct weir_session *session WEIR_TAKES);

/* What a client says, without its end of line. Answers go to the session's text. */
void weir_session_command(struct weir_session *session, const char *line);

/* A command is being answered that takes its time: the next one is refused until it is done. */
bool weir_session_is_busy(const struct weir_session *session);
/* Nothing more comes but by a command. */
bool weir_session_is_idle(const struct weir_session *session);
/* The client wants to go, or was told to. */
bool weir_session_is_over(const struct weir_session *session);

/* When it wants to be ticked next; UINT64_MAX: not by itself. Adds what is due. The clock is the
 * caller's, always the same. */
uint64_t weir_session_due_ns(const struct weir_session *session);
void weir_session_tick(struct weir_session *session, uint64_t now_ns);

/* A line that says what time it is: for who sends it to find out whether
 * anybody is there. */
void weir_session_say_time(struct weir_session *session);

/* Whole lines, up to n bytes (n at least WEIR_INSPECT_LINE_BYTES). 0: there is nothing to tell. At
 * most WEIR_INSPECT_KEPT_BYTES are kept: then the oldest rows go, and all rows are told anew. */
size_t weir_session_take(struct weir_session *session, char *out, size_t n);

/* The last line: {"t":"end"}. reason: static text. */
void weir_session_end(struct weir_session *session, const char *reason);

/* The one line for who comes when there are as many as there may be. Returns its bytes. */
size_t weir_session_busy(char *out, size_t n);

#endif
