/* Structs and fields as records: shown, copied, read by name. */

#include <stdio.h>
#include <string.h>

#include "../stream/stages.h"
#include "weir/record.h"

struct home {
    weir_text city;
    uint64_t floor;
};

struct pet {
    weir_text name;
    int64_t age;
    double weight;
    bool tame;
    struct home home;
    bool has_age;
};

WEIR_RECORD(home_record, struct home, WEIR_MEMBER(struct home, city, 1),
            WEIR_MEMBER(struct home, floor, 2, .optional = true))
WEIR_RECORD(pet_record, struct pet, WEIR_MEMBER(struct pet, name, 1),
            WEIR_MEMBER(struct pet, age, 2, .optional = true, .has = WEIR_HAS(struct pet, has_age)),
            WEIR_MEMBER(struct pet, weight, 3, .optional = true),
            WEIR_MEMBER(struct pet, tame, 4, .optional = true),
            WEIR_NESTED(struct pet, home, 5, &home_record, .optional = true))

static weir_text word(const char *text)
{
    return (weir_text){text, strlen(text)};
}

static weir_value text_value(weir_value_kind kind, const char *text)
{
    return (weir_value){kind, {.text = word(text)}};
}

static void assert_text(weir_text text, const char *wanted)
{
    assert_int_equal(text.size, strlen(wanted));
    assert_memory_equal(text.data, wanted, text.size);
}

static void assert_shown(weir_record_view record, const char *name, const char *wanted)
{
    char scratch[WEIR_VALUE_TEXT_BYTES];
    weir_name looked_for = {word(name), 0};
    weir_value value;
    weir_text text;
    assert_true(weir_record_find(record, &looked_for, &value));
    assert_true(weir_value_text(&value, scratch, &text));
    assert_text(text, wanted);
}

static const struct pet rex = {.name = {"Rex", 3},
                               .age = 7,
                               .has_age = true,
                               .weight = 12.5,
                               .home = {.city = {"Ulm", 3}, .floor = 2}};

static void test_shown(void **state)
{
    (void)state;
    weir_record_view record = {&pet_record.type, &rex};
    assert_int_equal(weir_record_count(record), 5);
    assert_shown(record, "name", "Rex");
    assert_shown(record, "age", "7");
    assert_shown(record, "weight", "12.5");
    assert_shown(record, "tame", "false");
    weir_name home = WEIR_NAME("home"), none = WEIR_NAME("nam");
    weir_value value;
    assert_true(weir_record_find(record, &home, &value));
    assert_int_equal(value.kind, WEIR_VALUE_RECORD);
    assert_shown(value.is.record, "city", "Ulm");
    assert_false(weir_record_find(record, &none, &value));
    assert_int_equal(value.kind, WEIR_VALUE_NONE);
}

static void test_what_is_missing(void **state)
{
    (void)state;
    struct pet pet = rex;
    pet.has_age = false;
    weir_name age = WEIR_NAME("age");
    weir_value value;
    weir_record_find((weir_record_view){&pet_record.type, &pet}, &age, &value);
    assert_int_equal(value.kind, WEIR_VALUE_NONE);
}

/* The copy stands after what it was copied from is gone. */
static void test_owned(void **state)
{
    (void)state;
    char name[] = "Rex", city[] = "Ulm";
    struct pet lent = rex, owned, twice;
    lent.name.data = name;
    lent.home.city.data = city;
    const weir_type *type = &pet_record.type;
    assert_true(type->own(type, &owned, &lent));
    memset(name, 'x', 3);
    memset(city, 'x', 3);
    assert_true(type->owned->clone(type->owned, &twice, &owned));
    type->owned->drop(type->owned, &owned);
    assert_text(twice.name, "Rex");
    assert_text(twice.home.city, "Ulm");
    type->owned->drop(type->owned, &twice);
}

static void test_fields_owned(void **state)
{
    (void)state;
    weir_fields copy, again;
    assert_true(weir_fields_own(&pet_record.type, &copy, &rex));
    assert_true(weir_fields_own(&weir_type_owned_fields, &again, &copy));
    size_t bytes = weir_fields_bytes((weir_record_view){&pet_record.type, &rex});
    assert_int_equal(weir_fields_bytes((weir_record_view){&weir_type_fields, &copy}), bytes);
    const size_t *held = (const void *)copy.fields; /* the block says its size before them */
    assert_int_equal(held[-4], bytes);
    weir_fields_drop(&copy);
    weir_record_view record = {&weir_type_fields, &again};
    assert_int_equal(weir_record_count(record), 5);
    assert_shown(record, "name", "Rex");
    weir_name home = WEIR_NAME("home");
    weir_value value;
    assert_true(weir_record_find(record, &home, &value));
    assert_shown(value.is.record, "floor", "2");
    weir_fields_drop(&again);
    weir_fields_drop(&again);
}

/* Of several of one name the first is found, wherever it stood in the record before. */
static void test_one_name_twice(void **state)
{
    (void)state;
    weir_field once[] = {{{"x", 1}, weir_value_word("0")}, {{"a", 1}, weir_value_word("5")}};
    weir_field twice[] = {{{"a", 1}, weir_value_word("2")}, {{"a", 1}, weir_value_word("1")}};
    weir_fields records[] = {{.fields = once, .n = 2}, {.fields = twice, .n = 2}};
    weir_name a = WEIR_NAME("a");
    weir_value value;
    assert_true(weir_record_find((weir_record_view){&weir_type_fields, &records[0]}, &a, &value));
    assert_memory_equal(value.is.text.data, "5", 1);
    assert_true(weir_record_find((weir_record_view){&weir_type_fields, &records[1]}, &a, &value));
    assert_memory_equal(value.is.text.data, "2", 1);
}

/* One that promises more fields than it gives. */
static size_t count_many(const weir_type *type, const void *item)
{
    (void)type, (void)item;
    return 9;
}

static bool next_pet(const weir_type *type, const void *item, weir_record_iter *iter,
                     weir_text *name, weir_value *value)
{
    (void)type;
    return weir_record_next((weir_record_view){&pet_record.type, item}, iter, name, value);
}

/* The copy has those that were met: what is nested in them does not stand behind others. */
static void test_too_few(void **state)
{
    static const weir_record_ops ops = {.size = sizeof ops, .count = count_many, .next = next_pet};
    static const weir_type type = {.size = sizeof rex, .lent = true, .record = &ops};
    weir_fields copy;
    (void)state;
    assert_true(weir_fields_own(&type, &copy, &rex));
    weir_record_view record = {&weir_type_fields, &copy};
    assert_int_equal(weir_record_count(record), 5);
    weir_name home = WEIR_NAME("home");
    weir_value value;
    assert_true(weir_record_find(record, &home, &value));
    assert_shown(value.is.record, "floor", "2");
    weir_fields_drop(&copy);
}

/* Each is nested in the one before it. */
static void test_depth(void **state)
{
    (void)state;
    weir_field fields[WEIR_RECORD_DEPTH_MAX + 2];
    weir_fields records[WEIR_RECORD_DEPTH_MAX + 2];
    for (size_t i = 0; i < WEIR_RECORD_DEPTH_MAX + 2; i++)
        records[i] = (weir_fields){.fields = &fields[i], .n = 1};
    for (size_t i = 0; i <= WEIR_RECORD_DEPTH_MAX; i++)
        fields[i] = (weir_field){
            word("in"), {WEIR_VALUE_RECORD, {.record = {&weir_type_fields, &records[i + 1]}}}};
    fields[WEIR_RECORD_DEPTH_MAX + 1] = (weir_field){word("end"), {WEIR_VALUE_NULL, {0}}};
    weir_fields copy;
    assert_false(weir_fields_own(&weir_type_fields, &copy, &records[0]));
    assert_true(weir_fields_bytes((weir_record_view){&weir_type_fields, &records[0]}) == SIZE_MAX);
    assert_true(weir_fields_bytes((weir_record_view){&weir_type_fields, &records[1]}) < SIZE_MAX);
    assert_true(weir_fields_own(&weir_type_fields, &copy, &records[1]));
    weir_fields_drop(&copy);
}

static void test_no_memory(void **state)
{
    (void)state;
    weir_fields fields;
    struct pet owned;
    memory_begin(1, false);
    assert_false(weir_fields_own(&pet_record.type, &fields, &rex));
    memory_end();
    memory_begin(1, false);
    assert_false(pet_record.type.own(&pet_record.type, &owned, &rex));
    assert_int_equal(memory_end(), 0);
}

/* ---- read ---- */

static bool read_pet(const weir_field *given, size_t n, struct pet *pet, weir_error *error)
{
    weir_fields fields = {.fields = given, .n = n};
    return weir_record_read(&pet_record, (weir_record_view){&weir_type_fields, &fields}, pet,
                            error);
}

static void test_read(void **state)
{
    (void)state;
    weir_field home_fields[] = {{word("city"), text_value(WEIR_VALUE_TEXT, "Ulm")}};
    weir_fields home = {.fields = home_fields, .n = 1};
    weir_field fields[] = {
        {word("other"), {WEIR_VALUE_NULL, {0}}},
        {word("age"), text_value(WEIR_VALUE_NUMBER, "7")},
        {word("name"), text_value(WEIR_VALUE_TEXT, "Rex")},
        {word("weight"), text_value(WEIR_VALUE_WORD, "1.25e1")},
        {word("tame"), text_value(WEIR_VALUE_WORD, "true")},
        {word("home"), {WEIR_VALUE_RECORD, {.record = {&weir_type_fields, &home}}}}};
    struct pet pet;
    weir_error error;
    assert_true(read_pet(fields, 6, &pet, &error));
    assert_text(pet.name, "Rex");
    assert_int_equal(pet.age, 7);
    assert_true(pet.has_age && pet.tame && pet.weight == 12.5);
    assert_text(pet.home.city, "Ulm");
}

static void test_refused(void **state)
{
    (void)state;
    static const struct {
        weir_value_kind kind;
        const char *age;
        const char *message;
    } cases[] = {
        {WEIR_VALUE_TEXT, "7", "'age' is '7', which is not a whole number of 64 bits"},
        {WEIR_VALUE_WORD, "7.5", "'age' is '7.5', which is not a whole number of 64 bits"},
        {WEIR_VALUE_NUMBER, "9223372036854775808",
         "'age' is '9223372036854775808', which is not a whole number of 64 bits"},
        {WEIR_VALUE_WORD, "x", "'age' is 'x', which is not a whole number of 64 bits"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        weir_field fields[] = {{word("name"), text_value(WEIR_VALUE_TEXT, "Rex")},
                               {word("age"), text_value(cases[i].kind, cases[i].age)}};
        struct pet pet;
        weir_error error;
        assert_false(read_pet(fields, 2, &pet, &error));
        assert_false(error.fatal);
        assert_string_equal(error.message, cases[i].message);
    }
    struct pet pet;
    weir_error error;
    assert_false(read_pet(NULL, 0, &pet, &error));
    assert_string_equal(error.message, "'name' is missing");
    weir_field empty[] = {{word("name"), text_value(WEIR_VALUE_WORD, "")},
                          {word("age"), text_value(WEIR_VALUE_WORD, "")}};
    assert_true(read_pet(empty, 2, &pet, &error)); /* an empty column is no number */
    assert_false(pet.has_age);
}

int format_record(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shown),          cmocka_unit_test(test_what_is_missing),
        cmocka_unit_test(test_owned),          cmocka_unit_test(test_fields_owned),
        cmocka_unit_test(test_one_name_twice), cmocka_unit_test(test_depth),
        cmocka_unit_test(test_no_memory),      cmocka_unit_test(test_read),
        cmocka_unit_test(test_refused),        cmocka_unit_test(test_too_few),
    };
    return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
