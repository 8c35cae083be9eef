/* weir/hash.h: hash maps as collections, uthash's (Debian: uthash-dev), for weir_collect_into().
 * weir.h does not include this header, which needs <uthash.h>.
 *
 *     struct word { uint64_t key; int64_t count; };
 *     WEIR_HASH_MAP(words, struct word, key)
 *     ...
 *     struct words *map = NULL;
 *     weir_run(weir_collect_into(source, &words_into, &map, 100000), NULL, &error);
 *     struct word *found = words_find(map, &key);
 *     words_drop(&map);
 *
 * The items are of the struct that is named; its key is a member without padding, compared as its
 * bytes. Of items with one key the last one stays, as in Rust's HashMap. All else of uthash works
 * on the map too: HASH_ITER(hh, map, each, next), each->item; HASH_COUNT(map). A descriptor with a
 * drop may be said at the end, as .of = &type.
 *
 * Units: an entry takes the item and uthash's 56 bytes, of weir_allocate()'s memory.
 * Errors: no memory: WEIR_E_MEMORY; the map stays as it was.
 * Owns: the map's items are let go by name_drop(), those that are replaced at once. */
#ifndef WEIR_HASH_H
#define WEIR_HASH_H

#include "weir/alloc.h"
#include "weir/consume.h"
#include "weir/error.h"

#ifdef UTHASH_H
#error "weir/hash.h goes before uthash.h: it says where uthash's memory comes from"
#endif
#define HASH_NONFATAL_OOM 1
#define uthash_malloc(size) weir_allocate(size)
#define uthash_free(block, size) weir_release((block), (size))
#define uthash_nonfatal_oom(entry) ((void)(entry))
#include <uthash.h>

#define WEIR_HASH_MAP(name_, T, ...) WEIR_HASH_MAP_(name_, T, __VA_ARGS__, .name = #name_)

#define WEIR_HASH_MAP_(name_, T, key_, ...)                                                        \
    struct name_ {                                                                                 \
        T item;                                                                                    \
        UT_hash_handle hh;                                                                         \
    };                                                                                             \
    static const weir_into_ops name_##_into;                                                       \
    static WEIR_UNUSED_ T *name_##_find(struct name_ *weir_map_, const void *weir_key_)            \
    {                                                                                              \
        struct name_ *weir_found_ = NULL;                                                          \
        HASH_FIND(hh, weir_map_, weir_key_, sizeof weir_map_->item.key_, weir_found_);             \
        return weir_found_ ? &weir_found_->item : NULL;                                            \
    }                                                                                              \
    static bool name_##_add(void *weir_into_, void *weir_item_, weir_error *weir_error_)           \
    {                                                                                              \
        struct name_ **weir_map_ = weir_into_, *weir_entry_ = NULL;                                \
        T *weir_new_ = weir_item_;                                                                 \
        HASH_FIND(hh, *weir_map_, &weir_new_->key_, sizeof weir_new_->key_, weir_entry_);          \
        if (weir_entry_) {                                                                         \
            weir_type_drop_items(name_##_into.of, &weir_entry_->item, 1);                          \
            weir_entry_->item = *weir_new_;                                                        \
            return true;                                                                           \
        }                                                                                          \
        weir_entry_ = weir_allocate(sizeof *weir_entry_);                                          \
        if (weir_entry_) {                                                                         \
            weir_entry_->item = *weir_new_;                                                        \
            HASH_ADD(hh, *weir_map_, item.key_, sizeof weir_new_->key_, weir_entry_);              \
            if (weir_entry_->hh.tbl)                                                               \
                return true;                                                                       \
            weir_release(weir_entry_, sizeof *weir_entry_);                                        \
        }                                                                                          \
        weir_type_drop_items(name_##_into.of, weir_item_, 1);                                      \
        weir_error_set(weir_error_, WEIR_E_MEMORY, "no memory for one more entry of '%s'",         \
                       name_##_into.name);                                                         \
        return false;                                                                              \
    }                                                                                              \
    static WEIR_UNUSED_ void name_##_drop(struct name_ **weir_map_)                                \
    {                                                                                              \
        struct name_ *weir_entry_, *weir_next_;                                                    \
        HASH_ITER(hh, *weir_map_, weir_entry_, weir_next_)                                         \
        {                                                                                          \
            HASH_DELETE(hh, *weir_map_, weir_entry_);                                              \
            weir_type_drop_items(name_##_into.of, &weir_entry_->item, 1);                          \
            weir_release(weir_entry_, sizeof *weir_entry_);                                        \
        }                                                                                          \
    }                                                                                              \
    static const weir_type name_##_of = WEIR_TYPE(T);                                              \
    WEIR_OVERRIDE_BEGIN_                                                                           \
    static const weir_into_ops name_##_into = {.size = sizeof(weir_into_ops),                      \
                                               .of = WEIR_TYPE_OF_(T, name_##_of),                 \
                                               .of_size = sizeof(T),                               \
                                               .add = name_##_add,                                 \
                                               __VA_ARGS__};                                       \
    WEIR_OVERRIDE_END_

#endif
