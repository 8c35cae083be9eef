/* A state machine by goto: two of its states stand in a loop that only one of them enters. */
#include <weir.h>

enum state { START, NUMBERS, SIGNS };

int64_t parse(weir_stream *bytes, enum state state)
{
    int64_t value = 0, sign = 1;
    switch (state) {
    case START:
        break;
    case NUMBERS:
        goto number; // lint: goto_into_loop 9-13
    case SIGNS:
        sign = -1;
        goto number; // lint: goto_into_loop 9-13
    }
    weir_for_await (uint8_t, byte, bytes) {
        if (byte == '-') {
            sign = -1;
            continue;
        }
    number:
        value = value * 10 + byte - '0';
    }
    return sign * value;
}
