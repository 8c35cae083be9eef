#ifndef WEIR_CORE_SYSTEM_TEXT_H
#define WEIR_CORE_SYSTEM_TEXT_H

/* "No such file or directory" of ENOENT; "unknown error" of what is none. */
const char *weir_errno_text(int number);

/* "HUP" of SIGHUP; NULL of what has no name, as those of real time. */
const char *weir_signal_name(int number);

#endif
