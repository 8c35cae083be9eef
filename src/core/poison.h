/* Memory that belongs to nobody for now: the address sanitizer is told, as free() would tell it. */
#ifndef WEIR_CORE_POISON_H
#define WEIR_CORE_POISON_H

#ifndef __has_feature /* clang's way to say it */
#define __has_feature(name) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#define WEIR_POISON(place, size) __asan_poison_memory_region(place, size)
#define WEIR_UNPOISON(place, size) __asan_unpoison_memory_region(place, size)
#else
#define WEIR_POISON(place, size) (void)(place)
#define WEIR_UNPOISON(place, size) (void)(place)
#endif

/* Memory that goes from one thread to another where no sanitizer sees it: it is told by a place
 * that stands for it. */
#if defined(__SANITIZE_THREAD__) || __has_feature(thread_sanitizer)
#include <sanitizer/tsan_interface.h>
#define WEIR_HANDED_ON(place) __tsan_release(place)
#define WEIR_TAKEN_OVER(place) __tsan_acquire(place)
#else
#define WEIR_HANDED_ON(place) (void)(place)
#define WEIR_TAKEN_OVER(place) (void)(place)
#endif

#endif
