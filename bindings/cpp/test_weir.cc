// What weir.hpp promises. The test dist_cpp builds it with g++ and with clang++, and runs it.

#include "weir.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#define CHECK(what) ((what) ? (void)0 : fail(#what, __LINE__))

static void fail(const char *what, int line)
{
    std::fprintf(stderr, "test_weir.cc:%d: %s\n", line, what);
    std::exit(1);
}

static int lives; // of what functions hold

struct counted {
    counted() { lives++; }
    counted(const counted &) { lives++; }
    ~counted() { lives--; }
};

static weir::reader bytes()
{
    static const char text[] = "one\n\ntwo\nthree";
    return weir::reader(weir_memory_reader(text, sizeof text - 1));
}

// What throws a T whose text has `said` in it.
template <class T, class F> static bool throws(F &&use, const char *said)
{
    try {
        use();
    } catch (const T &thrown) {
        if (std::strstr(thrown.what(), said))
            return true;
        std::fprintf(stderr, "%s\n", thrown.what());
    }
    return false;
}

static void items()
{
    int64_t sum = 0;
    for (int64_t x : weir::range(0, 1000))
        sum += x;
    CHECK(sum == 999 * 1000 / 2);
    CHECK(weir::range(0, 1000).skip(10).take(5).count() == 5);
    std::string all;
    for (std::string_view line : bytes().lines())
        all.append(line).append(";");
    CHECK(all == "one;;two;three;");
    char out[4];
    weir::reader reader = bytes();
    CHECK(reader.read(out, 4) == 4 && !std::memcmp(out, "one\n", 4));
}

static void functions()
{
    int seen = 0;
    auto squares = weir::range(0, 6).each([&](int64_t) { seen++; }).map([](int64_t x) {
        return std::to_string(x * x);
    });
    std::vector<std::string> odd;
    for (std::string &s : squares.filter([](const std::string &s) { return s.back() & 1; }))
        odd.push_back(std::move(s));
    CHECK((odd == std::vector<std::string>{"1", "9", "25"}));
    CHECK(seen == 6);
    double half = 0;
    for (double x : weir::range(1, 2).map([](int64_t x) { return x / 2.0; }))
        half = x;
    CHECK(half == 0.5);
}

static void exceptions()
{
    auto stream = weir::range(0, 6).map([held = counted()](int64_t x) -> int64_t {
        return x == 3 ? throw std::out_of_range("no threes") : x;
    });
    int64_t last = -1;
    bool caught = false;
    CHECK(lives == 1);
    try {
        for (int64_t x : stream)
            last = x;
    } catch (const weir::error &error) {
        CHECK(!std::strcmp(error.what(), "no threes") && !error.raw.fatal && error.raw.record == 4);
        try {
            std::rethrow_exception(error.cause);
        } catch (const std::out_of_range &) {
            caught = true;
        }
    }
    CHECK(caught && last == 2);
    for (int64_t x : stream)
        last = x;
    CHECK(last == 5);
}

static void places()
{
    try {
        bytes().lines(2).count();
        CHECK(false);
    } catch (const weir::error &error) {
        CHECK(error.raw.code == WEIR_E_LIMIT && !error.cause);
    }
    try {
        weir::open("/nonexistent").lines().count();
        CHECK(false);
    } catch (const weir::error &error) {
        CHECK(!std::strncmp(error.what(), "/nonexistent: ", 14) && error.raw.number == 2);
    }
}

static void moved_and_left()
{
    auto boxes = weir::range(0, 500).map([](int64_t) { return counted(); });
    for (const counted &box : boxes)
        if ((void)box, true)
            break;
    CHECK(lives > 0);
    auto others = std::move(boxes);
    for (const counted &box : others)
        if ((void)box, true)
            break;
    others = weir::range(0, 1).map([](int64_t) { return counted(); });
}

static void left_in_the_middle()
{
    auto numbers = weir::range(0, 100);
    for (int64_t x : numbers)
        if (x == 0)
            break;
    CHECK(throws<std::logic_error>([&] { numbers.count(); }, "had items of the stream already"));
    // what the function holds goes, too
    auto kept = [held = counted()](int64_t) { return true; };
    int before = lives;
    CHECK(throws<std::logic_error>([&] { numbers.filter(kept); }, "already"));
    CHECK(lives == before);
}

static void taken()
{
    weir::stream<int64_t> numbers = weir::range(0, 3);
    CHECK(numbers.count() == 3);
    CHECK(throws<std::logic_error>([&] { numbers.count(); }, "was taken by another stage"));
    CHECK(throws<std::logic_error>(
        [&] {
            for (int64_t x : numbers)
                (void)x;
        },
        "was taken"));
    weir::reader reader = bytes(), other = std::move(reader);
    CHECK(throws<std::logic_error>([&] { reader.lines(); }, "was taken"));
    CHECK(other.lines().count() == 4);
}

// In a function it would be polled twice at once, or dropped while it is polled.
static void used_in_its_function()
{
    std::unique_ptr<weir::stream<int64_t>> own;
    for (int use = 0; use < 3; use++) {
        own = std::make_unique<weir::stream<int64_t>>(weir::range(0, 3).map([&](int64_t x) {
            if (use == 0)
                return int64_t(own->count());
            if (use == 1)
                return int64_t(own->take(1).count());
            for (int64_t other : *own)
                x = other;
            return x;
        }));
        CHECK(throws<weir::error>(
            [&] {
                for (int64_t x : *own)
                    (void)x;
            },
            "a function of a stream cannot use a stream"));
    }
    // others may be made there, and dropped
    auto makes = weir::range(0, 3).each([](int64_t) { weir::range(0, 9); });
    CHECK(makes.count() == 3);
    // and go with the function that has them
    auto inner = std::make_shared<weir::stream<int64_t>>(weir::range(0, 2));
    CHECK(weir::range(0, 3).filter([held = std::move(inner)](int64_t) { return true; }).count() ==
          3);
}

// Two types of one name, as two files may have them.
static const weir_type *first_of_a_name()
{
    struct same {
        int64_t x;
    };
    return weir::item<same>::type();
}
static const weir_type *second_of_a_name()
{
    struct same {
        std::string x;
    };
    return weir::item<same>::type();
}

static void types()
{
    CHECK(first_of_a_name() == first_of_a_name() && first_of_a_name() != second_of_a_name());
}

static void files()
{
    char path[] = "/tmp/weir_XXXXXX";
    CHECK(mkstemp(path) != -1);
    CHECK(bytes().save(path) == 14 && weir::open(path).lines().count() == 4);
    CHECK(weir::memory(std::string("a\nb")).lines().count() == 2);
    CHECK(weir::memory("").lines().count() == 0);
    CHECK(throws<weir::error>([] { bytes().save("/nonexistent/f"); }, "/nonexistent"));
    std::remove(path);
}

// Its runtime outlives the thread's, which goes first.
static weir::stream<std::string_view> &of_the_program()
{
    static weir::stream<std::string_view> stream = weir::open(__FILE__).lines();
    return stream;
}

static void on_threads()
{
    std::thread([] { CHECK(weir::range(0, 3).count() == 3); }).join();
    std::unique_ptr<weir::stream<int64_t>> left;
    std::thread([&] {
        left = std::make_unique<weir::stream<int64_t>>(
            weir::range(0, 300).map([](int64_t x) { return x; }));
        for (int64_t x : *left)
            if (x == 1)
                break;
    }).join();
}

int main()
{
    items();
    functions();
    exceptions();
    places();
    moved_and_left();
    left_in_the_middle();
    taken();
    used_in_its_function();
    types();
    files();
    on_threads();
    for (std::string_view line : of_the_program())
        if (!line.empty())
            break;
    CHECK(lives == 0);
}
