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
    // 0: there was no memory to keep it.
    int64_t put(std::exception_ptr cause) noexcept
    {
        try {
            all[++last] = std::move(cause);
        } catch (...) {
            return 0;
        }
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

// ---- what polls ----

// The runtime of a thread. Its chains hold it too, so that it goes behind the last of them: statics
// outlive what is thread_local.
struct host {
    weir_rt *rt;
    bool busy = false;         // a poll runs, and in it perhaps a function of a stream
    std::exception_ptr thrown; // by somebody who is told, and has no item to give it to

    host()
    {
        weir_error why;
        rt = weir_rt_new(nullptr, &why);
        if (!rt)
            throw error(why);
    }
    host(const host &) = delete;
    ~host() { weir_rt_drop(rt); }
    static std::shared_ptr<host> here()
    {
        static thread_local std::shared_ptr<host> one;
        if (!one)
            one = std::make_shared<host>();
        return one;
    }
    void rethrow()
    {
        if (thrown)
            std::rethrow_exception(std::exchange(thrown, nullptr));
    }
    template <class Ask> void poll(Ask &&ask)
    {
        weir_error why;
        busy = true;
        weir_state state = ask(&why);
        busy = false;
        if (state != WEIR_READY)
            rethrow();
        if (state == WEIR_ERROR)
            throw error(why);
    }
    // What was thrown meanwhile comes behind what came.
    template <class Ask> void pull(Ask &&ask)
    {
        rethrow();
        poll(ask);
    }
    uint64_t number(weir_stream *future)
    {
        uint64_t n = 0;
        poll([&](weir_error *why) { return weir_rt_run(rt, future, &n, why); });
        rethrow();
        return n;
    }
};

// For what of weir.h asks for it.
inline weir_rt *runtime()
{
    return host::here()->rt;
}

template <class C> struct dropper {
    void operator()(C *left) const { weir_drop(left); }
};

// A stream, a reader, a pipeline: owned, and moved. A function must not let go of the stream that
// calls it; others it may.
template <class C> class chain
{
    std::shared_ptr<host> at; // outlives what is held
    std::unique_ptr<C, dropper<C>> held;

  public:
    explicit chain(C *taken, std::shared_ptr<host> of = nullptr) : at(std::move(of)), held(taken)
    {
        if (!at)
            at = host::here();
    }
    chain(chain &&) noexcept = default;
    chain &operator=(chain &&other) noexcept
    {
        std::swap(held, other.held);
        std::swap(at, other.at);
        return *this;
    }

    // For whoever does with it what is not here.
    C *get() const
    {
        if (!held)
            throw std::logic_error("it was taken by another stage");
        if (at->busy)
            throw std::logic_error(
                "a function of a stream cannot use a stream: both would run at once");
        return held.get();
    }
    // For any constructor of weir.h: it takes the chain.
    C *take() { return get(), held.release(); }
    const std::shared_ptr<host> &of() const { return at; }

  protected:
    const C *look() const { return held.get(); }
};

// ---- items: how a T stands in a stream ----

// The address tells types apart that have one name, of two files or of two libraries.
template <class T> const weir_type *made_type(void (*drop)(void *, void *))
{
    constexpr bool boxed = !std::is_trivially_copyable_v<T>;
    static const char own = 0;
    std::string name = typeid(T).name() + (" " + std::to_string(uintptr_t(&own)));
    const weir_type *type = weir_type_make(name.c_str(), boxed ? sizeof(T *) : sizeof(T),
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

template <class T> class stream : public chain<weir_stream>
{
    using stored = typename item<T>::stored;
    static constexpr size_t room = 64;
    std::unique_ptr<stored[]> items;
    size_t next = 0, n = 0;

    bool more()
    {
        if (next < n)
            return true;
        weir_stream *from = get();
        release();
        if (!items)
            items = std::make_unique<stored[]>(room);
        of()->pull(
            [&](weir_error *why) { return weir_pull(of()->rt, from, items.get(), room, &n, why); });
        return n > 0;
    }
    // The items that were handed out are gone, and so are those that nobody asked for.
    void release()
    {
        if (n)
            weir_type_drop_items(weir_stream_type(look()), items.get(), n);
        next = n = 0;
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

    template <class To> stream<To> over(weir_stream *made) { return stream<To>(made, of()); }
    // With a function: it is kept until the stage has gone.
    template <class To, class F, class Make> stream<To> with(F &function, Make &&make)
    {
        auto kept = std::make_unique<F>(std::move(function));
        weir_stream *from = take();
        return over<To>(make(from, kept.release()));
    }

  public:
    explicit stream(weir_stream *taken, std::shared_ptr<host> of = nullptr)
        : chain(taken, std::move(of))
    {
    }
    stream(stream &&other) noexcept
        : chain(std::move(other)), items(std::move(other.items)),
          next(std::exchange(other.next, 0)), n(std::exchange(other.n, 0))
    {
    }
    stream &operator=(stream &&other) noexcept
    {
        chain::operator=(std::move(other));
        std::swap(items, other.items);
        std::swap(next, other.next);
        std::swap(n, other.n);
        return *this;
    }
    ~stream() { release(); }

    // For any constructor of weir.h: it takes the stream. Throws where a loop had items of it
    // already, which no stage would see.
    weir_stream *take()
    {
        get();
        if (next < n)
            throw std::logic_error("a loop had items of the stream already");
        release();
        return chain::take();
    }
    stream take(uint64_t limit) { return over<T>(weir_take(take(), limit)); }
    stream skip(uint64_t first) { return over<T>(weir_skip(take(), first)); }

    template <class F, class To = std::decay_t<std::invoke_result_t<
                           F &, decltype(item<T>::get(std::declval<const stored &>()))>>>
    stream<To> map(F function)
    {
        weir_call *fn = [](const void *in, void *out, void *arg, weir_error *e) {
            return guarded(e, [&] { return item<To>::put(out, call<F>(in, arg)), 1; });
        };
        const weir_type *to = item<To>::type();
        return with<To>(function, [&](weir_stream *from, F *kept) {
            return weir_map_call(from, to, fn, kept, gone<F>);
        });
    }
    template <class F> stream filter(F function)
    {
        weir_call *fn = [](const void *in, void *, void *arg, weir_error *e) {
            return guarded(e, [&] { return call<F>(in, arg) ? 1 : 0; });
        };
        return with<T>(function, [&](weir_stream *from, F *kept) {
            return weir_filter_call(from, fn, kept, gone<F>);
        });
    }
    template <class F> stream each(F function)
    {
        weir_call *fn = [](const void *in, void *, void *arg, weir_error *e) {
            return guarded(e, [&] { return call<F>(in, arg), 1; });
        };
        return with<T>(function, [&](weir_stream *from, F *kept) {
            return weir_each_call(from, fn, kept, gone<F>);
        });
    }
    uint64_t count() { return of()->number(weir_count(take())); }

    struct sentinel {
    };
    struct iterator {
        stream *of;
        bool operator!=(sentinel) const { return of->more(); }
        decltype(auto) operator*() const { return item<T>::get(of->items[of->next]); }
        iterator &operator++() { return of->next++, *this; }
    };
    iterator begin() { return {this}; }
    sentinel end() { return {}; }
};

class reader : public chain<weir_reader>
{
  public:
    using chain::chain;
    stream<std::string_view> lines(size_t line_bytes_max = WEIR_LINE_MAX_DEFAULT)
    {
        return stream<std::string_view>(weir_lines(take(), line_bytes_max), of());
    }
    // Up to size bytes; 0: it is over.
    size_t read(void *out, size_t size)
    {
        size_t n = 0;
        of()->pull([&, from = get()](weir_error *why) {
            return weir_pull_bytes(of()->rt, from, out, size, &n, why);
        });
        return n;
    }
    // Writes it to a file, which appears when it is complete. Gives how many bytes.
    uint64_t save(const char *path)
    {
        weir_reader *from = take();
        return of()->number(weir_copy(from, weir_file_writer(path, nullptr)));
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

// A copy of them, which are less than 2 GiB.
inline reader memory(std::string_view bytes)
{
    weir_block *block = weir_block_new(0, bytes.size());
    if (!block)
        throw std::bad_alloc();
    bytes.copy(reinterpret_cast<char *>(block->data), bytes.size());
    return reader(weir_block_reader(block, 0, bytes.size()));
}

} // namespace weir

#endif
