/* weir/fn_make_plain.h: the same as weir/fn_make.h for the functions that are called one by one,
 * without kernels for batches. Nothing here is for users. */
#ifndef WEIR_FN_MAKE_PLAIN_H
#define WEIR_FN_MAKE_PLAIN_H

#include "weir/fn_make.h"

#ifndef __cplusplus

#define WEIR_COMPARE_FN_(name_, f, T, ...)                                                         \
    WEIR_IS_(f, int (*)(T, T, void *))                                                             \
    WEIR_SAYS_FROM_(name_, T)                                                                      \
    static int name_##_one(const void *weir_a_, const void *weir_b_, void *weir_arg_)              \
    {                                                                                              \
        return f(*(T const *)weir_a_, *(T const *)weir_b_, weir_arg_);                             \
    }                                                                                              \
    static const weir_type name_##_of = WEIR_TYPE(T);                                              \
    WEIR_OVERRIDE_BEGIN_                                                                           \
    static const weir_compare_fn name_ = {.size = sizeof(weir_compare_fn),                         \
                                          .of = WEIR_TYPE_OF_(T, name_##_of),                      \
                                          .of_size = sizeof(T),                                    \
                                          .one = name_##_one,                                      \
                                          __VA_ARGS__};                                            \
    WEIR_OVERRIDE_END_

#define WEIR_UNFOLD_FN_(name_, f, State, T, ...)                                                   \
    WEIR_IS_(f, bool (*)(State *, T *))                                                            \
    WEIR_SAYS_STATE_(name_, State)                                                                 \
    WEIR_SAYS_TO_(name_, T)                                                                        \
    static bool name_##_one(void *weir_state_, void *weir_out_)                                    \
    {                                                                                              \
        return f((State *)weir_state_, (T *)weir_out_);                                            \
    }                                                                                              \
    static weir_poll name_##_poll(weir_stream *weir_stream_, weir_cx *weir_cx_, void *weir_out_,   \
                                  size_t weir_demand_)                                             \
    {                                                                                              \
        State *weir_state_ = weir_arg_of(weir_stream_);                                            \
        T *weir_to_ = weir_out_;                                                                   \
        (void)weir_cx_;                                                                            \
        for (size_t weir_i_ = 0; weir_i_ < weir_demand_; weir_i_++)                                \
            if (WEIR_UNLIKELY(!f(weir_state_, weir_to_ + weir_i_)))                                \
                return (weir_poll){(uint32_t)weir_i_, WEIR_END};                                   \
        return (weir_poll){(uint32_t)weir_demand_, WEIR_READY};                                    \
    }                                                                                              \
    static const weir_type name_##_state = WEIR_TYPE(State);                                       \
    static const weir_type name_##_of = WEIR_TYPE(T);                                              \
    WEIR_OVERRIDE_BEGIN_                                                                           \
    static const weir_unfold_fn name_ = {.size = sizeof(weir_unfold_fn),                           \
                                         .state = WEIR_TYPE_OF_(State, name_##_state),             \
                                         .of = WEIR_TYPE_OF_(T, name_##_of),                       \
                                         .state_size = sizeof(State),                              \
                                         .of_size = sizeof(T),                                     \
                                         .one = name_##_one,                                       \
                                         .poll = name_##_poll,                                     \
                                         __VA_ARGS__};                                             \
    WEIR_OVERRIDE_END_

#define WEIR_EACH_FN_(name_, f, T, ...)                                                            \
    WEIR_IS_(f, void (*)(T, void *))                                                               \
    WEIR_SAYS_FROM_(name_, T)                                                                      \
    static void name_##_one(const void *weir_in_, void *weir_arg_)                                 \
    {                                                                                              \
        f(*(T const *)weir_in_, weir_arg_);                                                        \
    }                                                                                              \
    WEIR_HOT_ static void name_##_batch(const void *weir_in_, size_t weir_n_, void *weir_arg_)     \
    {                                                                                              \
        T const *weir_items_ = weir_in_;                                                           \
        for (size_t weir_i_ = 0; weir_i_ < weir_n_; weir_i_++)                                     \
            f(weir_items_[weir_i_], weir_arg_);                                                    \
    }                                                                                              \
    static weir_poll name_##_poll(weir_stream *weir_stream_, weir_cx *weir_cx_, void *weir_out_,   \
                                  size_t weir_demand_)                                             \
    {                                                                                              \
        weir_stream *weir_source_ = weir_source(weir_stream_);                                     \
        weir_poll weir_got_ = weir_source_->poll(weir_source_, weir_cx_, weir_out_, weir_demand_); \
        if (WEIR_UNLIKELY(!weir_poll_is_one(weir_got_)))                                           \
            return weir_inspect_rest(weir_stream_, weir_cx_, weir_out_, weir_demand_, weir_got_);  \
        weir_count_one(weir_source_);                                                              \
        f(*(T const *)weir_out_, weir_arg_of(weir_stream_));                                       \
        return WEIR_POLL_ONE;                                                                      \
    }                                                                                              \
    static const weir_type name_##_of = WEIR_TYPE(T);                                              \
    WEIR_OVERRIDE_BEGIN_                                                                           \
    static const weir_each_fn name_ = {.size = sizeof(weir_each_fn),                               \
                                       .of = WEIR_TYPE_OF_(T, name_##_of),                         \
                                       .of_size = sizeof(T),                                       \
                                       .one = name_##_one,                                         \
                                       .batch = name_##_batch,                                     \
                                       .poll = name_##_poll,                                       \
                                       __VA_ARGS__};                                               \
    WEIR_OVERRIDE_END_

#define WEIR_KEY_FN_(name_, f, T, Key, ...)                                                        \
    WEIR_IS_(f, Key (*)(T, void *))                                                                \
    WEIR_SAYS_(name_, T, Key)                                                                      \
    static void name_##_one(void *weir_key_, const void *weir_in_, void *weir_arg_)                \
    {                                                                                              \
        *(Key *)weir_key_ = f(*(T const *)weir_in_, weir_arg_);                                    \
    }                                                                                              \
    static const weir_type name_##_of = WEIR_TYPE(T);                                              \
    static const weir_type name_##_key = WEIR_TYPE(Key);                                           \
    WEIR_OVERRIDE_BEGIN_                                                                           \
    static const weir_key_fn name_ = {.size = sizeof(weir_key_fn),                                 \
                                      .of = WEIR_TYPE_OF_(T, name_##_of),                          \
                                      .key = WEIR_TYPE_OF_(Key, name_##_key),                      \
                                      .of_size = sizeof(T),                                        \
                                      .key_size = sizeof(Key),                                     \
                                      .one = name_##_one,                                          \
                                      __VA_ARGS__};                                                \
    WEIR_OVERRIDE_END_

#define WEIR_CHOOSE_FN_(name_, f, T, ...)                                                          \
    WEIR_IS_(f, size_t (*)(T, size_t, void *))                                                     \
    WEIR_SAYS_FROM_(name_, T)                                                                      \
    static size_t name_##_one(const void *weir_in_, size_t weir_n_, void *weir_arg_)               \
    {                                                                                              \
        return f(*(T const *)weir_in_, weir_n_, weir_arg_);                                        \
    }                                                                                              \
    static const weir_type name_##_of = WEIR_TYPE(T);                                              \
    WEIR_OVERRIDE_BEGIN_                                                                           \
    static const weir_choose_fn name_ = {.size = sizeof(weir_choose_fn),                           \
                                         .of = WEIR_TYPE_OF_(T, name_##_of),                       \
                                         .of_size = sizeof(T),                                     \
                                         .one = name_##_one,                                       \
                                         __VA_ARGS__};                                             \
    WEIR_OVERRIDE_END_

#define WEIR_THEN_FN_(name_, f, From, To, ...)                                                     \
    WEIR_IS_(f, weir_stream *(*)(From, void *))                                                    \
    WEIR_SAYS_(name_, From, To)                                                                    \
    static weir_stream *name_##_one(const void *weir_in_, void *weir_arg_)                         \
    {                                                                                              \
        return f(*(From const *)weir_in_, weir_arg_);                                              \
    }                                                                                              \
    static const weir_type name_##_from = WEIR_TYPE(From);                                         \
    static const weir_type name_##_to = WEIR_TYPE(To);                                             \
    WEIR_OVERRIDE_BEGIN_                                                                           \
    static const weir_then_fn name_ = {.size = sizeof(weir_then_fn),                               \
                                       .from = WEIR_TYPE_OF_(From, name_##_from),                  \
                                       .to = WEIR_TYPE_OF_(To, name_##_to),                        \
                                       .from_size = sizeof(From),                                  \
                                       .one = name_##_one,                                         \
                                       __VA_ARGS__};                                               \
    WEIR_OVERRIDE_END_

#define WEIR_ASYNC_FN_(name_, begin_, go_, State, From, To, ...)                                   \
    WEIR_IS_(begin_, void (*)(State *, From, void *))                                              \
    WEIR_IS_(go_, weir_poll (*)(State *, weir_cx *, To *))                                         \
    WEIR_SAYS_(name_, From, To)                                                                    \
    static void name_##_start(void *weir_state_, const void *weir_in_, void *weir_arg_)            \
    {                                                                                              \
        memset(weir_state_, 0, sizeof(State));                                                     \
        begin_((State *)weir_state_, *(From const *)weir_in_, weir_arg_);                          \
    }                                                                                              \
    static weir_poll name_##_poll(void *weir_state_, weir_cx *weir_cx_, void *weir_out_)           \
    {                                                                                              \
        return go_((State *)weir_state_, weir_cx_, (To *)weir_out_);                               \
    }                                                                                              \
    static const weir_type name_##_from = WEIR_TYPE(From);                                         \
    static const weir_type name_##_to = WEIR_TYPE(To);                                             \
    WEIR_OVERRIDE_BEGIN_                                                                           \
    static const weir_async_fn name_ = {.size = sizeof(weir_async_fn),                             \
                                        .from = WEIR_TYPE_OF_(From, name_##_from),                 \
                                        .to = WEIR_TYPE_OF_(To, name_##_to),                       \
                                        .from_size = sizeof(From),                                 \
                                        .to_size = sizeof(To),                                     \
                                        .state_size = sizeof(State),                               \
                                        .state_align = _Alignof(State),                            \
                                        .start = name_##_start,                                    \
                                        .poll = name_##_poll,                                      \
                                        __VA_ARGS__};                                              \
    WEIR_OVERRIDE_END_

#endif
#endif
