// What weir.hpp promises. The test dist_cpp builds it with g++ and with clang++, and runs it.

#include "weir.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
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

static void items()
{
    int64_t sum = 0;
    for (int64_t x : weir::range(0, 1000))
        sum += x;
    CHECK(sum == 999 * 1000 / 2);
    CHECK(weir::range(0, 1000).take(5).count() == 5);
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
    try {
        numbers.count();
        CHECK(false);
    } catch (const std::logic_error &) {
        CHECK(true);
    }
}

int main()
{
    items();
    functions();
    exceptions();
    places();
    moved_and_left();
    left_in_the_middle();
    CHECK(lives == 0);
}
