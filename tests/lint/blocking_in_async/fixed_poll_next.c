/* The library has a stage for that, which waits for a timer of the runtime. */
#include <weir.h>

weir_stream *slow(weir_stream *numbers, uint64_t pause_ns)
{
    return weir_delay(numbers, pause_ns, 1);
}
