/* weir/fn_make.h: how the macros of weir/fn.h make their constants and functions. Nothing here is
 * for users; what stands here is compiled into their programs. What the functions have of their own
 * is called weir_x_, so that a user's function may be called anything else. */
#ifndef WEIR_FN_MAKE_H
#define WEIR_FN_MAKE_H

#include "weir/fn.h"

#ifndef __cplusplus

/* clang vectorises at -O2 by itself. Nowhere is it promised that calls are independent: a function
 * may keep something in `arg`. Nor are products and sums fused, so that doubles are the same on
 * every processor, one by one or in a batch. */
#if defined(__GNUC__) && !defined(__clang__)
#define WEIR_HOT_ __attribute__((optimize("O3", "fp-contract=off")))
#else
#define WEIR_HOT_
#endif

/* One function for each level of processor: name_base, name_avx2, name_avx512. */
#if defined(__x86_64__) && defined(__GNUC__)
#define WEIR_EACH_LEVEL_(name, parameters, ...)                                                    \
    WEIR_HOT_ static void name##_base parameters __VA_ARGS__ WEIR_HOT_ __attribute__((             \
        target("avx2,bmi,bmi2"))) static void name##_avx2 parameters __VA_ARGS__ WEIR_HOT_         \
        __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,bmi,bmi2"))) static void         \
            name##_avx512 parameters __VA_ARGS__
#define WEIR_LEVELS_(name)                                                                         \
    {                                                                                              \
        name##_base, name##_avx2, name##_avx512                                                    \
    }
#else
#define WEIR_EACH_LEVEL_(name, parameters, ...)                                                    \
    WEIR_HOT_ static void name##_base parameters __VA_ARGS__
#define WEIR_LEVELS_(name)                                                                         \
    {                                                                                              \
        name##_base, name##_base, name##_base                                                      \
    }
#endif

/* Later initialisers in __VA_ARGS__ may replace the default descriptors on purpose. */
#define WEIR_OVERRIDE_BEGIN_                                                                       \
    _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wpragmas\"")                 \
        _Pragma("GCC diagnostic ignored \"-Wunknown-warning-option\"")                             \
            _Pragma("GCC diagnostic ignored \"-Woverride-init\"")                                  \
                _Pragma("GCC diagnostic ignored \"-Winitializer-overrides\"")
#define WEIR_OVERRIDE_END_ _Pragma("GCC diagnostic pop")

/* The user's function has the signature that is said. */
#define WEIR_IS_(f, ...)                                                                           \
    _Static_assert(__builtin_types_compatible_p(__typeof__(&f), __VA_ARGS__),                      \
                   #f " has another signature than is said here: " #__VA_ARGS__);

/* The library's own types are known by their C type; for others the macro makes a descriptor. */
#define WEIR_TYPE_OF_(T, made_)                                                                    \
    _Generic(*(T *)0, int64_t                                                                      \
             : &weir_type_i64, uint64_t                                                            \
             : &weir_type_u64, bool                                                                \
             : &weir_type_bool, weir_line                                                          \
             : &weir_type_line, weir_owned_line                                                    \
             : &weir_type_owned_line, weir_vec                                                     \
             : &weir_type_vec, weir_stream *                                                       \
             : &weir_type_stream, weir_duplex                                                      \
             : &weir_type_duplex, default                                                          \
             : &made_)

/* What fn makes can stand where its input stood. */
#define WEIR_IN_PLACE_(From, To) (sizeof(From) == sizeof(To) && _Alignof(From) <= _Alignof(To))

/* An input of this size may stand on the stack while a stage is polled; larger ones use scratch. */
#define WEIR_SMALL_(T) (sizeof(T) <= 256)

/* ISO C wants an argument for every `...`: the last type goes with the initialisers that may follow
 * it, and the name, said once more, ends them. */
#define WEIR_MAP_FN(name_, f, From, ...) WEIR_MAP_FN_(name_, f, From, __VA_ARGS__, .name = #f)
#define WEIR_PAIR_FN(name_, f, A, B, ...) WEIR_PAIR_FN_(name_, f, A, B, __VA_ARGS__, .name = #f)
#define WEIR_TRY_MAP_FN(name_, f, From, ...)                                                       \
    WEIR_TRY_MAP_FN_(name_, f, From, __VA_ARGS__, .name = #f)
#define WEIR_UPDATE_FN(name_, f, ...) WEIR_UPDATE_FN_(name_, f, __VA_ARGS__, .name = #f)
#define WEIR_FILTER_FN(name_, f, ...) WEIR_FILTER_FN_(name_, f, __VA_ARGS__, .name = #f)
#define WEIR_FILTER_MAP_FN(name_, f, From, ...)                                                    \
    WEIR_FILTER_MAP_FN_(name_, f, From, __VA_ARGS__, .name = #f)
#define WEIR_SCAN_FN(name_, f, State, From, ...)                                                   \
    WEIR_SCAN_FN_(name_, f, State, From, __VA_ARGS__, .name = #f)
#define WEIR_FOLD_FN(name_, f, Acc, ...) WEIR_FOLD_FN_(name_, f, Acc, __VA_ARGS__, .name = #f)
#define WEIR_TRY_FOLD_FN(name_, f, Acc, ...)                                                       \
    WEIR_TRY_FOLD_FN_(name_, f, Acc, __VA_ARGS__, .name = #f)
#define WEIR_COMPARE_FN(name_, f, ...) WEIR_COMPARE_FN_(name_, f, __VA_ARGS__, .name = #f)
#define WEIR_UNFOLD_FN(name_, f, State, ...)                                                       \
    WEIR_UNFOLD_FN_(name_, f, State, __VA_ARGS__, .name = #f)
#define WEIR_EACH_FN(name_, f, ...) WEIR_EACH_FN_(name_, f, __VA_ARGS__, .name = #f)
#define WEIR_KEY_FN(name_, f, T, ...) WEIR_KEY_FN_(name_, f, T, __VA_ARGS__, .name = #f)
#define WEIR_CHOOSE_FN(name_, f, ...) WEIR_CHOOSE_FN_(name_, f, __VA_ARGS__, .name = #f)
#define WEIR_THEN_FN(name_, f, From, ...) WEIR_THEN_FN_(name_, f, From, __VA_ARGS__, .name = #f)
#define WEIR_ASYNC_FN(name_, start_, poll_, State, From, ...)                                      \
    WEIR_ASYNC_FN_(name_, start_, poll_, State, From, __VA_ARGS__, .name = #start_)

#define WEIR_MAP_FN_(name_, f, From, To, ...)                                                      \
    WEIR_IS_(f, To (*)(From, void *))                                                              \
    WEIR_SAYS_(name_, From, To)                                                                    \
    static void name_##_one(void *weir_out_, const void *weir_in_, void *weir_arg_)                \
    {                                                                                              \
        *(To *)weir_out_ = f(*(From const *)weir_in_, weir_arg_);                                  \
    }                                                                                              \
    WEIR_EACH_LEVEL_(name_,                                                                        \
                     (void *weir_out_, const void *weir_in_, size_t weir_n_, void *weir_arg_), {   \
                         To *weir_to_ = weir_out_;                                                 \
                         From const *weir_from_ =                                                  \
                             WEIR_IN_PLACE_(From, To) ? (const void *)weir_out_ : weir_in_;        \
                         (void)weir_in_;                                                           \
                         for (size_t weir_i_ = 0; weir_i_ < weir_n_; weir_i_++)                    \
                             weir_to_[weir_i_] = f(weir_from_[weir_i_], weir_arg_);                \
                     })                                                                            \
    static weir_poll name_##_poll(weir_stream *weir_stream_, weir_cx *weir_cx_, void *weir_out_,   \
                                  size_t weir_demand_)                                             \
    {                                                                                              \
        weir_stream *weir_source_ = weir_source(weir_stream_);                                     \
        From weir_item_;                                                                           \
        void *weir_in_ = WEIR_IN_PLACE_(From, To) ? weir_out_ : &weir_item_;                       \
        if (!WEIR_IN_PLACE_(From, To) && weir_demand_ != 1)                                        \
            return weir_map_resized(weir_stream_, weir_cx_, weir_out_, weir_demand_);              \
        weir_poll weir_got_ = weir_source_->poll(weir_source_, weir_cx_, weir_in_, weir_demand_);  \
        if (WEIR_UNLIKELY(!weir_poll_is_one(weir_got_)))                                           \
            return WEIR_IN_PLACE_(From, To)                                                        \
                       ? weir_map_rest(weir_stream_, weir_cx_, weir_out_, weir_demand_, weir_got_) \
                       : weir_map_resized_rest(weir_stream_, weir_cx_, weir_out_, weir_in_,        \
                                               weir_got_);                                         \
        weir_count_one(weir_source_);                                                              \
        *(To *)weir_out_ = f(*(From const *)weir_in_, weir_arg_of(weir_stream_));                  \
        return WEIR_POLL_ONE;                                                                      \
    }                                                                                              \
    static const weir_type name_##_from = WEIR_TYPE(From);                                         \
    static const weir_type name_##_to = WEIR_TYPE(To);                                             \
    WEIR_OVERRIDE_BEGIN_                                                                           \
    static const weir_map_fn name_ = {                                                             \
        .size = sizeof(weir_map_fn),                                                               \
        .from = WEIR_TYPE_OF_(From, name_##_from),                                                 \
        .to = WEIR_TYPE_OF_(To, name_##_to),                                                       \
        .from_size = sizeof(From),                                                                 \
        .to_size = sizeof(To),                                                                     \
        .one = name_##_one,                                                                        \
        .batch = WEIR_LEVELS_(name_),                                                              \
        .poll = WEIR_IN_PLACE_(From, To) || WEIR_SMALL_(From) ? name_##_poll : NULL,               \
        __VA_ARGS__};                                                                              \
    WEIR_OVERRIDE_END_

/* A map of pairs, whose members the function takes side by side. */
#define WEIR_PAIR_FN_(name_, f, A, B, To, ...)                                                     \
    WEIR_IS_(f, To (*)(A, B, void *))                                                              \
    WEIR_PAIR(A, B, name_##_pair)                                                                  \
    static To name_##_both(struct name_##_pair weir_pair_, void *weir_arg_)                        \
    {                                                                                              \
        return f(weir_pair_.first, weir_pair_.second, weir_arg_);                                  \
    }                                                                                              \
    WEIR_MAP_FN_(name_, name_##_both, struct name_##_pair, To, .from = &name_##_pair_type,         \
                 __VA_ARGS__)

#define WEIR_TRY_MAP_FN_(name_, f, From, To, ...)                                                  \
    WEIR_IS_(f, bool (*)(From, To *, void *, weir_error *))                                        \
    WEIR_SAYS_(name_, From, To)                                                                    \
    static bool name_##_one(void *weir_out_, const void *weir_in_, void *weir_arg_,                \
                            weir_error *weir_error_)                                               \
    {                                                                                              \
        return f(*(From const *)weir_in_, (To *)weir_out_, weir_arg_, weir_error_);                \
    }                                                                                              \
    static const weir_type name_##_from = WEIR_TYPE(From);                                         \
    static const weir_type name_##_to = WEIR_TYPE(To);                                             \
    WEIR_OVERRIDE_BEGIN_                                                                           \
    static const weir_map_fn name_ = {.size = sizeof(weir_map_fn),                                 \
                                      .from = WEIR_TYPE_OF_(From, name_##_from),                   \
                                      .to = WEIR_TYPE_OF_(To, name_##_to),                         \
                                      .from_size = sizeof(From),                                   \
                                      .to_size = sizeof(To),                                       \
                                      .try_one = name_##_one,                                      \
                                      __VA_ARGS__};                                                \
    WEIR_OVERRIDE_END_

/* A map from T to T that never copies. */
#define WEIR_UPDATE_FN_(name_, f, T, ...)                                                          \
    WEIR_IS_(f, void (*)(T *, void *))                                                             \
    WEIR_SAYS_(name_, T, T)                                                                        \
    static void name_##_one(void *weir_out_, const void *weir_in_, void *weir_arg_)                \
    {                                                                                              \
        if (weir_in_ != weir_out_)                                                                 \
            memcpy(weir_out_, weir_in_, sizeof(T));                                                \
        f((T *)weir_out_, weir_arg_);                                                              \
    }                                                                                              \
    WEIR_EACH_LEVEL_(name_,                                                                        \
                     (void *weir_out_, const void *weir_in_, size_t weir_n_, void *weir_arg_), {   \
                         T *weir_items_ = weir_out_;                                               \
                         (void)weir_in_;                                                           \
                         for (size_t weir_i_ = 0; weir_i_ < weir_n_; weir_i_++)                    \
                             f(weir_items_ + weir_i_, weir_arg_);                                  \
                     })                                                                            \
    static weir_poll name_##_poll(weir_stream *weir_stream_, weir_cx *weir_cx_, void *weir_out_,   \
                                  size_t weir_demand_)                                             \
    {                                                                                              \
        weir_stream *weir_source_ = weir_source(weir_stream_);                                     \
        weir_poll weir_got_ = weir_source_->poll(weir_source_, weir_cx_, weir_out_, weir_demand_); \
        if (WEIR_UNLIKELY(!weir_poll_is_one(weir_got_)))                                           \
            return weir_map_rest(weir_stream_, weir_cx_, weir_out_, weir_demand_, weir_got_);      \
        weir_count_one(weir_source_);                                                              \
        f((T *)weir_out_, weir_arg_of(weir_stream_));                                              \
        return WEIR_POLL_ONE;                                                                      \
    }                                                                                              \
    static const weir_type name_##_of = WEIR_TYPE(T);                                              \
    WEIR_OVERRIDE_BEGIN_                                                                           \
    static const weir_map_fn name_ = {.size = sizeof(weir_map_fn),                                 \
                                      .from = WEIR_TYPE_OF_(T, name_##_of),                        \
                                      .to = WEIR_TYPE_OF_(T, name_##_of),                          \
                                      .from_size = sizeof(T),                                      \
                                      .to_size = sizeof(T),                                        \
                                      .one = name_##_one,                                          \
                                      .batch = WEIR_LEVELS_(name_),                                \
                                      .poll = name_##_poll,                                        \
                                      __VA_ARGS__};                                                \
    WEIR_OVERRIDE_END_

#define WEIR_FILTER_FN_(name_, f, T, ...)                                                          \
    WEIR_IS_(f, bool (*)(T, void *))                                                               \
    WEIR_SAYS_FROM_(name_, T)                                                                      \
    static bool name_##_one(const void *weir_in_, void *weir_arg_)                                 \
    {                                                                                              \
        return f(*(T const *)weir_in_, weir_arg_);                                                 \
    }                                                                                              \
    WEIR_EACH_LEVEL_(                                                                              \
        name_, (int64_t * weir_keep_, const void *weir_in_, size_t weir_n_, void *weir_arg_), {    \
            T const *weir_items_ = weir_in_;                                                       \
            for (size_t weir_i_ = 0; weir_i_ < weir_n_; weir_i_++)                                 \
                weir_keep_[weir_i_] = f(weir_items_[weir_i_], weir_arg_) ? -1 : 0;                 \
        })                                                                                         \
    static weir_poll name_##_poll(weir_stream *weir_stream_, weir_cx *weir_cx_, void *weir_out_,   \
                                  size_t weir_demand_)                                             \
    {                                                                                              \
        if (weir_demand_ != 1)                                                                     \
            return weir_filter_many(weir_stream_, weir_cx_, weir_out_, weir_demand_);              \
        weir_stream *weir_source_ = weir_source(weir_stream_);                                     \
        do {                                                                                       \
            weir_poll weir_got_ = weir_source_->poll(weir_source_, weir_cx_, weir_out_, 1);        \
            if (WEIR_UNLIKELY(!weir_poll_is_one(weir_got_)))                                       \
                return weir_filter_rest(weir_stream_, weir_cx_, weir_out_, weir_got_);             \
            weir_count_one(weir_source_);                                                          \
            if (f(*(T const *)weir_out_, weir_arg_of(weir_stream_)))                               \
                return WEIR_POLL_ONE;                                                              \
            if (weir_stream_->type->drop)                                                          \
                weir_stream_->type->drop(weir_stream_->type, weir_out_);                           \
        } while (weir_spend(weir_cx_));                                                            \
        return (weir_poll){0, WEIR_READY};                                                         \
    }                                                                                              \
    static const weir_type name_##_of = WEIR_TYPE(T);                                              \
    WEIR_OVERRIDE_BEGIN_                                                                           \
    static const weir_filter_fn name_ = {.size = sizeof(weir_filter_fn),                           \
                                         .of = WEIR_TYPE_OF_(T, name_##_of),                       \
                                         .of_size = sizeof(T),                                     \
                                         .one = name_##_one,                                       \
                                         .batch = WEIR_LEVELS_(name_),                             \
                                         .poll = name_##_poll,                                     \
                                         __VA_ARGS__};                                             \
    WEIR_OVERRIDE_END_

#define WEIR_FILTER_MAP_FN_(name_, f, From, To, ...)                                               \
    WEIR_IS_(f, bool (*)(From, To *, void *))                                                      \
    WEIR_SAYS_(name_, From, To)                                                                    \
    static bool name_##_one(void *weir_out_, const void *weir_in_, void *weir_arg_)                \
    {                                                                                              \
        return f(*(From const *)weir_in_, (To *)weir_out_, weir_arg_);                             \
    }                                                                                              \
    WEIR_HOT_ static size_t name_##_batch(void *weir_out_, const void *weir_in_, size_t weir_n_,   \
                                          void *weir_arg_)                                         \
    {                                                                                              \
        From const *weir_from_ = weir_in_;                                                         \
        To *weir_to_ = weir_out_;                                                                  \
        size_t weir_made_ = 0;                                                                     \
        for (size_t weir_i_ = 0; weir_i_ < weir_n_; weir_i_++)                                     \
            weir_made_ += f(weir_from_[weir_i_], weir_to_ + weir_made_, weir_arg_);                \
        return weir_made_;                                                                         \
    }                                                                                              \
    static weir_poll name_##_poll(weir_stream *weir_stream_, weir_cx *weir_cx_, void *weir_out_,   \
                                  size_t weir_demand_)                                             \
    {                                                                                              \
        if (weir_demand_ != 1)                                                                     \
            return weir_filter_map_many(weir_stream_, weir_cx_, weir_out_, weir_demand_);          \
        weir_stream *weir_source_ = weir_source(weir_stream_);                                     \
        From weir_item_;                                                                           \
        do {                                                                                       \
            weir_poll weir_got_ = weir_source_->poll(weir_source_, weir_cx_, &weir_item_, 1);      \
            if (WEIR_UNLIKELY(!weir_poll_is_one(weir_got_)))                                       \
                return weir_filter_map_rest(weir_stream_, weir_cx_, weir_out_, &weir_item_,        \
                                            weir_got_);                                            \
            weir_count_one(weir_source_);                                                          \
            if (f(weir_item_, (To *)weir_out_, weir_arg_of(weir_stream_)))                         \
                return WEIR_POLL_ONE;                                                              \
        } while (weir_spend(weir_cx_));                                                            \
        return (weir_poll){0, WEIR_READY};                                                         \
    }                                                                                              \
    static const weir_type name_##_from = WEIR_TYPE(From);                                         \
    static const weir_type name_##_to = WEIR_TYPE(To);                                             \
    WEIR_OVERRIDE_BEGIN_                                                                           \
    static const weir_filter_map_fn name_ = {.size = sizeof(weir_filter_map_fn),                   \
                                             .from = WEIR_TYPE_OF_(From, name_##_from),            \
                                             .to = WEIR_TYPE_OF_(To, name_##_to),                  \
                                             .from_size = sizeof(From),                            \
                                             .to_size = sizeof(To),                                \
                                             .one = name_##_one,                                   \
                                             .batch = name_##_batch,                               \
                                             .poll = WEIR_SMALL_(From) ? name_##_poll : NULL,      \
                                             __VA_ARGS__};                                         \
    WEIR_OVERRIDE_END_

#define WEIR_SCAN_FN_(name_, f, State, From, To, ...)                                              \
    WEIR_IS_(f, bool (*)(State *, From, To *))                                                     \
    WEIR_SAYS_STATE_(name_, State)                                                                 \
    WEIR_SAYS_(name_, From, To)                                                                    \
    static bool name_##_one(void *weir_state_, const void *weir_in_, void *weir_out_)              \
    {                                                                                              \
        return f((State *)weir_state_, *(From const *)weir_in_, (To *)weir_out_);                  \
    }                                                                                              \
    WEIR_HOT_ static size_t name_##_batch(void *weir_state_, const void *weir_in_,                 \
                                          void *weir_out_, size_t weir_n_)                         \
    {                                                                                              \
        From const *weir_from_ = weir_in_;                                                         \
        To *weir_to_ = weir_out_;                                                                  \
        size_t weir_i_ = 0;                                                                        \
        while (weir_i_ < weir_n_ &&                                                                \
               f((State *)weir_state_, weir_from_[weir_i_], weir_to_ + weir_i_))                   \
            weir_i_++;                                                                             \
        return weir_i_;                                                                            \
    }                                                                                              \
    static weir_poll name_##_poll(weir_stream *weir_stream_, weir_cx *weir_cx_, void *weir_out_,   \
                                  size_t weir_demand_)                                             \
    {                                                                                              \
        if (weir_demand_ != 1)                                                                     \
            return weir_scan_many(weir_stream_, weir_cx_, weir_out_, weir_demand_);                \
        weir_stream *weir_source_ = weir_source(weir_stream_);                                     \
        From weir_item_;                                                                           \
        weir_poll weir_got_ = weir_source_->poll(weir_source_, weir_cx_, &weir_item_, 1);          \
        if (WEIR_UNLIKELY(!weir_poll_is_one(weir_got_)))                                           \
            return weir_scan_rest(weir_stream_, weir_cx_, weir_out_, &weir_item_, weir_got_);      \
        weir_count_one(weir_source_);                                                              \
        if (WEIR_LIKELY(f((State *)weir_arg_of(weir_stream_), weir_item_, (To *)weir_out_)))       \
            return WEIR_POLL_ONE;                                                                  \
        return (weir_poll){0, WEIR_END};                                                           \
    }                                                                                              \
    static const weir_type name_##_state = WEIR_TYPE(State);                                       \
    static const weir_type name_##_from = WEIR_TYPE(From);                                         \
    static const weir_type name_##_to = WEIR_TYPE(To);                                             \
    WEIR_OVERRIDE_BEGIN_                                                                           \
    static const weir_scan_fn name_ = {.size = sizeof(weir_scan_fn),                               \
                                       .state = WEIR_TYPE_OF_(State, name_##_state),               \
                                       .from = WEIR_TYPE_OF_(From, name_##_from),                  \
                                       .to = WEIR_TYPE_OF_(To, name_##_to),                        \
                                       .state_size = sizeof(State),                                \
                                       .from_size = sizeof(From),                                  \
                                       .to_size = sizeof(To),                                      \
                                       .one = name_##_one,                                         \
                                       .batch = name_##_batch,                                     \
                                       .poll = WEIR_SMALL_(From) ? name_##_poll : NULL,            \
                                       __VA_ARGS__};                                               \
    WEIR_OVERRIDE_END_

/* A small accumulator is kept in registers while a batch is folded. */
#define WEIR_FOLD_FN_(name_, f, Acc, T, ...)                                                       \
    WEIR_IS_(f, void (*)(Acc *, T, void *))                                                        \
    WEIR_SAYS_(name_, T, Acc)                                                                      \
    static void name_##_one(void *weir_acc_, const void *weir_in_, void *weir_arg_)                \
    {                                                                                              \
        f((Acc *)weir_acc_, *(T const *)weir_in_, weir_arg_);                                      \
    }                                                                                              \
    WEIR_EACH_LEVEL_(name_,                                                                        \
                     (void *weir_acc_, const void *weir_in_, size_t weir_n_, void *weir_arg_), {   \
                         T const *weir_items_ = weir_in_;                                          \
                         if (sizeof(Acc) > 64) {                                                   \
                             for (size_t weir_i_ = 0; weir_i_ < weir_n_; weir_i_++)                \
                                 f((Acc *)weir_acc_, weir_items_[weir_i_], weir_arg_);             \
                             return;                                                               \
                         }                                                                         \
                         Acc weir_sum_ = *(Acc *)weir_acc_;                                        \
                         for (size_t weir_i_ = 0; weir_i_ < weir_n_; weir_i_++)                    \
                             f(&weir_sum_, weir_items_[weir_i_], weir_arg_);                       \
                         *(Acc *)weir_acc_ = weir_sum_;                                            \
                     })                                                                            \
    static weir_poll name_##_all(weir_stream *weir_stream_, weir_cx *weir_cx_, void *weir_items_,  \
                                 size_t weir_room_)                                                \
    {                                                                                              \
        struct weir_folding *weir_self_ = (struct weir_folding *)(void *)weir_stream_;             \
        weir_stream *weir_source_ = weir_source(weir_stream_);                                     \
        size_t weir_max_ = weir_cx_->demand_max < weir_room_ ? weir_cx_->demand_max : weir_room_,  \
               weir_demand_ = weir_self_->demand;                                                  \
        for (bool weir_begun_ = false;; weir_begun_ = true) {                                      \
            if (WEIR_UNLIKELY(!weir_spend(weir_cx_) && weir_begun_))                               \
                return weir_wait_turn(weir_cx_);                                                   \
            if (WEIR_UNLIKELY(weir_demand_ != weir_max_)) {                                        \
                weir_demand_ =                                                                     \
                    weir_demand_ > weir_max_ / 2 ? weir_max_ : weir_demand_ * 2 + !weir_demand_;   \
                weir_self_->demand = (uint32_t)weir_demand_;                                       \
            }                                                                                      \
            weir_poll weir_got_ =                                                                  \
                weir_source_->poll(weir_source_, weir_cx_, weir_items_, weir_demand_);             \
            if (WEIR_LIKELY(weir_poll_is_one(weir_got_))) {                                        \
                weir_count_one(weir_source_);                                                      \
                f((Acc *)weir_self_->acc, *(T const *)weir_items_, weir_self_->typed.arg);         \
                continue;                                                                          \
            }                                                                                      \
            weir_got_ =                                                                            \
                weir_fold_rest(weir_stream_, weir_cx_, weir_items_, weir_demand_, weir_got_);      \
            if (weir_got_.state != WEIR_READY)                                                     \
                return weir_got_;                                                                  \
        }                                                                                          \
    }                                                                                              \
    static const weir_type name_##_acc = WEIR_TYPE(Acc);                                           \
    static const weir_type name_##_of = WEIR_TYPE(T);                                              \
    WEIR_OVERRIDE_BEGIN_                                                                           \
    static const weir_fold_fn name_ = {.size = sizeof(weir_fold_fn),                               \
                                       .acc = WEIR_TYPE_OF_(Acc, name_##_acc),                     \
                                       .of = WEIR_TYPE_OF_(T, name_##_of),                         \
                                       .acc_size = sizeof(Acc),                                    \
                                       .of_size = sizeof(T),                                       \
                                       .one = name_##_one,                                         \
                                       .batch = WEIR_LEVELS_(name_),                               \
                                       .all = name_##_all,                                         \
                                       __VA_ARGS__};                                               \
    WEIR_OVERRIDE_END_

/* One item at a time: those behind the one that fails stay where they are. */
#define WEIR_TRY_FOLD_FN_(name_, f, Acc, T, ...)                                                   \
    WEIR_IS_(f, bool (*)(Acc *, T, void *, weir_error *))                                          \
    WEIR_SAYS_(name_, T, Acc)                                                                      \
    static bool name_##_one(void *weir_acc_, const void *weir_in_, void *weir_arg_,                \
                            weir_error *weir_error_)                                               \
    {                                                                                              \
        return f((Acc *)weir_acc_, *(T const *)weir_in_, weir_arg_, weir_error_);                  \
    }                                                                                              \
    static weir_poll name_##_all(weir_stream *weir_stream_, weir_cx *weir_cx_, void *weir_items_,  \
                                 size_t weir_room_)                                                \
    {                                                                                              \
        struct weir_folding *weir_self_ = (struct weir_folding *)(void *)weir_stream_;             \
        weir_stream *weir_source_ = weir_source(weir_stream_);                                     \
        (void)weir_room_;                                                                          \
        for (bool weir_begun_ = false;; weir_begun_ = true) {                                      \
            if (WEIR_UNLIKELY(!weir_spend(weir_cx_) && weir_begun_))                               \
                return weir_wait_turn(weir_cx_);                                                   \
            weir_poll weir_got_ = weir_poll_through(weir_source_, weir_cx_, weir_items_, 1);       \
            if (WEIR_UNLIKELY(!weir_got_.n))                                                       \
                return weir_got_;                                                                  \
            weir_cx_->error.code = WEIR_OK;                                                        \
            if (WEIR_UNLIKELY(!f((Acc *)weir_self_->acc, *(T const *)weir_items_,                  \
                                 weir_self_->typed.arg, &weir_cx_->error)))                        \
                return weir_fold_failed(weir_stream_, weir_cx_);                                   \
            if (WEIR_UNLIKELY(weir_got_.state != WEIR_READY))                                      \
                return weir_got_;                                                                  \
        }                                                                                          \
    }                                                                                              \
    static const weir_type name_##_acc = WEIR_TYPE(Acc);                                           \
    static const weir_type name_##_of = WEIR_TYPE(T);                                              \
    WEIR_OVERRIDE_BEGIN_                                                                           \
    static const weir_fold_fn name_ = {.size = sizeof(weir_fold_fn),                               \
                                       .acc = WEIR_TYPE_OF_(Acc, name_##_acc),                     \
                                       .of = WEIR_TYPE_OF_(T, name_##_of),                         \
                                       .acc_size = sizeof(Acc),                                    \
                                       .of_size = sizeof(T),                                       \
                                       .all = name_##_all,                                         \
                                       .try_one = name_##_one,                                     \
                                       __VA_ARGS__};                                               \
    WEIR_OVERRIDE_END_

#endif
#endif
