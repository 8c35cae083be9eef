// weir for C++17: chains are owned and moved, read by range-for, and take C++'s functions.
//
//     for (std::string_view line : weir::open("access.log.gz").lines())
//         ...
//
// Errors are thrown as weir::error, with the place; what a function threw is in its `cause`, and
// the next loop goes on behind it. Each thread has a runtime of its own, and a chain stays on one.
#ifndef WEIR_HPP
#define WEIR_HPP

#include <weir.h>

#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeinfo>
#include <utility>

namespace weir
{

// Exceptions on their way through a chain, by the number of their error.
class raised
{
    std::map<int64_t, std::exception_ptr> all;
    int64_t last = 0;
    static constexpr size_t max = 64;

  public:
    static raised &here()
    {
        static thread_local raised one;
        return one;
    }
    int64_t put(std::exception_ptr cause)
    {
        all[++last] = std::move(cause);
        if (all.size() > max)
            all.erase(all.begin());
        return last;
    }
    std::exception_ptr take(const weir_error &error)
    {
        auto found = error.code == WEIR_E_USER ? all.find(error.number) : all.end();
        if (found == all.end())
            return nullptr;
        std::exception_ptr cause = std::move(found->second);
        all.erase(found);
        return cause;
    }
};

struct error : std::runtime_error {
    weir_error raw;
    std::exception_ptr cause; // nullptr: it was no function's
    explicit error(const weir_error &e)
        : std::runtime_error(*e.place ? std::string(e.place) + ": " + e.message : e.message),
          raw(e), cause(raised::here().take(e))
    {
    }
};

// The runtime of this thread.
inline weir_rt *runtime()
{
    struct owned {
        weir_error why;
        weir_rt *rt = weir_rt_new(nullptr, &why);
        ~owned() { weir_rt_drop(rt); }
    };
    static thread_local owned one;
    if (!one.rt)
        throw error(one.why);
    return one.rt;
}

// ---- items: how a T stands in a stream ----

template <class T> const weir_type *made_type(void (*drop)(void *, void *))
{
    constexpr bool boxed = !std::is_trivially_copyable_v<T>;
    const weir_type *type = weir_type_make(typeid(T).name(), boxed ? sizeof(T *) : sizeof(T),
                                           boxed ? alignof(T *) : alignof(T), drop, nullptr);
    return type ? type : throw std::bad_alloc();
}

// Items move as their bytes: what minds that stands behind a pointer.
template <class T, class = void> struct item {
    using stored = T *;
    static void drop(void *at, void *) { delete *static_cast<T **>(at); }
    static const weir_type *type() { return made_type<T>(drop); }
    static T &get(const stored &at) { return *at; }
    static void put(void *out, T value) { *static_cast<T **>(out) = new T(std::move(value)); }
};
template <class T> struct item<T, std::enable_if_t<std::is_trivially_copyable_v<T>>> {
    using stored = T;
    static const weir_type *type()
    {
        if constexpr (std::is_same_v<T, int64_t>)
            return &weir_type_i64;
        else if constexpr (std::is_same_v<T, uint64_t>)
            return &weir_type_u64;
        else if constexpr (std::is_same_v<T, bool>)
            return &weir_type_bool;
        else
            return made_type<T>(nullptr);
    }
    static const T &get(const stored &at) { return at; }
    static void put(void *out, T value) { new (out) T(value); }
};
// A line is a view, until the next one: a function makes a std::string of it, or something else.
template <> struct item<std::string_view> {
    using stored = weir_line;
    static std::string_view get(const stored &at) { return {at.data, at.size}; }
};

// ---- streams ----

template <class T> class stream
{
    struct drop {
        void operator()(weir_stream *left) const { weir_stream_drop(left); }
    };
    using stored = typename item<T>::stored;
    static constexpr size_t room = 64;
    std::unique_ptr<weir_stream, drop> chain;
    std::unique_ptr<stored[]> items;
    size_t at = 0, n = 0;

    bool more()
    {
        if (at < n)
            return true;
        weir_error why;
        release();
        items = items ? std::move(items) : std::make_unique<stored[]>(room);
        weir_state state = weir_pull(runtime(), chain.get(), items.get(), room, &n, &why);
        if (state == WEIR_ERROR)
            throw error(why);
        return state == WEIR_READY;
    }
    // The items that were handed out are gone, and so are those that nobody asked for.
    void release()
    {
        if (n)
            weir_type_drop_items(weir_stream_type(chain.get()), items.get(), n);
        at = n = 0;
    }
    template <class Do> static int guarded(weir_error *e, Do &&act) noexcept
    {
        try {
            return act();
        } catch (const std::exception &thrown) {
            weir_error_say(e, WEIR_E_USER, raised::here().put(std::current_exception()),
                           thrown.what());
        } catch (...) {
            weir_error_say(e, WEIR_E_USER, raised::here().put(std::current_exception()),
                           "an exception");
        }
        return -1;
    }
    template <class F> static decltype(auto) call(const void *in, void *arg)
    {
        return std::invoke(*static_cast<F *>(arg), item<T>::get(*static_cast<const stored *>(in)));
    }
    template <class F> static void gone(void *arg) { delete static_cast<F *>(arg); }

  public:
    explicit stream(weir_stream *taken) : chain(taken) {}
    stream(stream &&other) noexcept
        : chain(std::move(other.chain)), items(std::move(other.items)),
          at(std::exchange(other.at, 0)), n(std::exchange(other.n, 0))
    {
    }
    stream &operator=(stream &&other) noexcept
    {
        std::swap(chain, other.chain);
        std::swap(items, other.items);
        std::swap(at, other.at);
        std::swap(n, other.n);
        return *this;
    }
    ~stream() { release(); }

    // For any constructor of weir.h: it takes the stream. Throws where a loop had items of it already,
    // which no stage would see.
    weir_stream *take()
    {
        if (at < n)
            throw std::logic_error("a loop had items of the stream already");
        release();
        return chain.release();
    }
    stream take(uint64_t limit) { return stream(weir_take(take(), limit)); }

    template <class F, class To = std::decay_t<std::invoke_result_t<
                           F &, decltype(item<T>::get(std::declval<const stored &>()))>>>
    stream<To> map(F function)
    {
        weir_call *fn = [](const void *in, void *out, void *arg, weir_error *e) {
            return guarded(e, [&] { return item<To>::put(out, call<F>(in, arg)), 1; });
        };
        const weir_type *to = item<To>::type();
        F *held = new F(std::move(function));
        return stream<To>(weir_map_call(take(), to, fn, held, gone<F>));
    }
    template <class F> stream filter(F function)
    {
        weir_call *fn = [](const void *in, void *, void *arg, weir_error *e) {
            return guarded(e, [&] { return call<F>(in, arg) ? 1 : 0; });
        };
        F *held = new F(std::move(function));
        return stream(weir_filter_call(take(), fn, held, gone<F>));
    }
    template <class F> stream each(F function)
    {
        weir_call *fn = [](const void *in, void *, void *arg, weir_error *e) {
            return guarded(e, [&] { return call<F>(in, arg), 1; });
        };
        F *held = new F(std::move(function));
        return stream(weir_each_call(take(), fn, held, gone<F>));
    }
    uint64_t count()
    {
        uint64_t counted = 0;
        weir_error why;
        if (weir_rt_run(runtime(), weir_count(take()), &counted, &why) == WEIR_ERROR)
            throw error(why);
        return counted;
    }

    struct sentinel {
    };
    struct iterator {
        stream *of;
        bool operator!=(sentinel) const { return of->more(); }
        decltype(auto) operator*() const { return item<T>::get(of->items[of->at]); }
        iterator &operator++() { return of->at++, *this; }
    };
    iterator begin() { return {this}; }
    sentinel end() { return {}; }
};

class reader
{
    struct drop {
        void operator()(weir_reader *left) const { weir_reader_drop(left); }
    };
    std::unique_ptr<weir_reader, drop> chain;

  public:
    explicit reader(weir_reader *taken) : chain(taken) {}
    weir_reader *take() { return chain.release(); }
    stream<std::string_view> lines(size_t line_bytes_max = WEIR_LINE_MAX_DEFAULT)
    {
        return stream<std::string_view>(weir_lines(take(), line_bytes_max));
    }
    // Up to size bytes; 0: it is over.
    size_t read(void *out, size_t size)
    {
        weir_error why;
        size_t n = 0;
        if (weir_pull_bytes(runtime(), chain.get(), out, size, &n, &why) == WEIR_ERROR)
            throw error(why);
        return n;
    }
};

inline stream<int64_t> range(int64_t first, int64_t end)
{
    return stream<int64_t>(weir_range(first, end));
}

// The bytes of a file, decompressed where they are compressed.
inline reader open(const char *path)
{
    return reader(weir_open(path));
}

} // namespace weir

#endif
