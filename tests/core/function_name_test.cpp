// SPDX-License-Identifier: MIT

#include <patio/core/detail/function_name.hpp>

#include <patio/core/gather.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/task_group.hpp>
#include <patio/testing/run.hpp>

#include <chrono>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::detail::is_library_function;

std::string short_name(const char* function) {
    char name[128];
    const std::size_t length = patio::detail::short_function_name(function, name, sizeof name);
    EXPECT_EQ(length, std::string{name}.size());
    return name;
}

struct spelling {
    const char* name;
    const char* clang;
    const char* gcc;
};

// As clang 19 and g++ 12 wrote them in the promise's constructor.
const spelling spellings[] = {
    {"fetch", "async<> fetch(int)", "patio::async<> fetch(int)"},
    {"join_all", "async<std::map<std::string, int>> join_all(std::vector<std::string>)",
     "patio::async<std::map<std::__cxx11::basic_string<char>, int> > "
     "join_all(std::vector<std::__cxx11::basic_string<char> >)"},
    {"call", "async<int> app::call(const std::string &, int (*)(int, char))",
     "patio::async<int> app::call(const std::string&, int (*)(int, char))"},
    {"callback", "async<void (*)(int)> callback()", "patio::async<void (*)(int)> callback()"},
    {"handle", "async<> app::server::handle(int) const",
     "patio::async<> app::server::handle(int) const"},
    {"read_line", "async<> patio::detail::(anonymous namespace)::read_line_of(stream_ref)",
     "patio::async<> patio::detail::{anonymous}::read_line_of(stream_ref)"},
    {"sum_of", "async<int> app::sum_of(int)", "patio::async<int> app::sum_of(int)"},
    {"start", "static async<> app::server::start()", "static patio::async<> app::server::start()"},
    {"close", "async<> app::server::close() &&", "patio::async<> app::server::close() &&"},
    {"get", "async<T> app::box<std::vector<int>>::get() [T = std::vector<int>]",
     "patio::async<T> app::box<T>::get() [with T = std::vector<int>]"},
    {"convert",
     "async<U> app::box<std::vector<int>>::convert(U) [T = std::vector<int>, U = "
     "std::basic_string<char>]",
     "patio::async<U> app::box<T>::convert(U) [with U = std::__cxx11::basic_string<char>; T = "
     "std::vector<int>]"},
    {"parse", "async<T> app::parse(T) [T = int, N = 3]",
     "patio::async<T> app::parse(T) [with T = int; int N = 3]"},
    {"apply", "async<> apply(F) [F = (lambda at names.cpp:33:23)]",
     "patio::async<> apply(F) [with F = maker()::<lambda(int)>]"},
    {"hidden", "async<> (anonymous namespace)::hidden(int)",
     "patio::async<> {anonymous}::hidden(int)"},
    {"member", "async<> (anonymous namespace)::hidden::member()",
     "patio::async<> {anonymous}::hidden::member()"},
    {"inner", "async<> serve()::local::inner()", "patio::async<> serve()::local::inner()"},
    {"server::operator()", "async<> app::server::operator()(int)",
     "patio::async<> app::server::operator()(int)"},
    {"operator+", "async<int> app::server::operator+(int)",
     "patio::async<int> app::server::operator+(int)"},
    {"operator<", "async<int> app::server::operator<(int)",
     "patio::async<int> app::server::operator<(int)"},
    {"operator<<", "async<int> app::server::operator<<(int) const",
     "patio::async<int> app::server::operator<<(int) const"},
    {"operator[]", "async<> app::server::operator[](int)",
     "patio::async<> app::server::operator[](int)"},
    {"operator->", "async<> app::server::operator->()", "patio::async<> app::server::operator->()"},
    {"lambda in serve", "auto serve()::(anonymous class)::operator()(int) const",
     "serve()::<lambda(int)>"},
    {"lambda in serve",
     "auto serve(int)::(anonymous class)::operator()()::(anonymous class)::operator()() const",
     "serve(int)::<lambda()>::<lambda()>"},
    {"lambda in run", "auto app::server::run() const::(anonymous class)::operator()(int) const",
     "app::server::run() const::<lambda(int)>"},
    {"lambda in hidden", "auto (anonymous namespace)::hidden()::(anonymous class)::operator()()",
     "{anonymous}::hidden()::<lambda()> mutable"},
    {"lambda", "auto (anonymous class)::operator()(int) const", "<lambda(int)>"},
    {"lambda", "auto (anonymous class)::operator()(auto) const [x:auto = int]",
     "<lambda(auto:40)> [with auto:40 = int; decltype (x) = int]"},
    {"lambda in apply",
     "auto apply(F)::(anonymous class)::operator()(T) const [F = int, x:auto = std::map<int, int>]",
     "apply(F)::<lambda(T)> [with T = std::map<int, int>; F = int]"},
    {"sleep", "adopted<A> patio::detail::adopt_in_frame(A) [A = patio::detail::sleep_operation]",
     "patio::detail::adopted<A> patio::detail::adopt_in_frame(A) [with A = sleep_operation; "
     "adopted<A> = patio::async<>]"},
    {"event.wait", "adopted<A> patio::detail::adopt_in_frame(A) [A = patio::event::wait_operation]",
     "patio::detail::adopted<A> patio::detail::adopt_in_frame(A) [with A = "
     "patio::event::wait_operation; adopted<A> = patio::async<>]"},
    {"queue.get",
     "adopted<A> patio::detail::adopt_in_frame(A) [A = patio::queue<std::pair<int, "
     "char>>::get_operation]",
     "patio::detail::adopted<A> patio::detail::adopt_in_frame(A) [with A = "
     "patio::queue<std::pair<int, char> >::get_operation; adopted<A> = patio::async<int>]"},
};

TEST(function_name, is_short_and_the_same_for_both_compilers) {
    for (const spelling& one : spellings) {
        EXPECT_EQ(short_name(one.clang), one.name) << one.clang;
        EXPECT_EQ(short_name(one.gcc), one.name) << one.gcc;
    }
}

TEST(function_name, is_found_in_what_gcc_says_at_a_co_await) {
    EXPECT_EQ(short_name("void fetch(fetch(int)::_Z5fetchi.Frame*)"), "fetch");
    EXPECT_EQ(short_name("void app::box<std::vector<int> >::get(app::box<std::vector<int> >::get"
                         "()::_ZN3app3boxISt6vectorIiSaIiEEE3getEv.Frame*)"),
              "get");
    EXPECT_EQ(short_name("void serve()::<lambda(int)>::operator()(serve()::<lambda(int)>::"
                         "_ZZ5servevENKUliE_clEi.Frame*)"),
              "lambda in serve");
    EXPECT_EQ(short_name("void<lambda(int)>::operator()(<lambda(int)>::_ZNK6globalMUliE_clEi."
                         "Frame*)"),
              "lambda");
}

TEST(function_name, of_nonsense_is_task_or_what_can_be_read) {
    EXPECT_EQ(short_name(""), "task");
    EXPECT_EQ(short_name("((("), "task");
    EXPECT_EQ(short_name("main"), "main");
    EXPECT_EQ(short_name("a::b<c"), "b");
    EXPECT_EQ(short_name("operator"), "operator");
}

TEST(function_name, is_cut_to_the_buffer) {
    char name[6] = "-----";
    EXPECT_EQ(patio::detail::short_function_name("async<> a_long_name()", name, sizeof name), 5U);
    EXPECT_STREQ(name, "a_lon");
}

TEST(function_name, tells_the_library_from_its_users) {
    EXPECT_TRUE(is_library_function("adopted<A> patio::detail::adopt_in_frame(A) [A = app::job]"));
    EXPECT_TRUE(
        is_library_function("void patio::detail::call_in_frame(call_in_frame<void, int>("
                            "int)::_ZN5patio6detail13call_in_frameIviE.Frame*)"));
    EXPECT_FALSE(is_library_function("async<> fetch(patio::detail::scope &)"));
    EXPECT_FALSE(is_library_function("patio::async<> app::patio::detail::get()"));
    EXPECT_FALSE(is_library_function("async<> patio::http::get(int)"));
    EXPECT_FALSE(is_library_function(""));
}

// --- what the compiler of this test says, whichever it is

async<std::string> own_name() { co_return patio::current_task().name(); }
struct functor {
    async<std::string> operator()(int) const { co_return patio::current_task().name(); }
    async<std::string> method() const { co_return patio::current_task().name(); }
};
template <class T>
async<std::string> own_name_of_template(std::vector<T>) {
    co_return patio::current_task().name();
}
auto make_lambda() {
    return [](int) -> async<std::string> { co_return patio::current_task().name(); };
}

TEST(function_name, names_tasks) {
    const functor object;
    EXPECT_EQ(patio::testing::run(own_name()), "own_name");
    EXPECT_EQ(patio::testing::run(object(1)), "functor::operator()");
    EXPECT_EQ(patio::testing::run(object.method()), "method");
    EXPECT_EQ(patio::testing::run(own_name_of_template(std::vector<std::string>{})),
              "own_name_of_template");
    EXPECT_EQ(patio::testing::run(make_lambda()(1)), "lambda in make_lambda");
}

TEST(function_name, of_a_callable_that_has_not_been_called_is_not_remembered) {
    patio::testing::run([]() -> async<> {
        co_await patio::with_task_group([](patio::task_group& group) -> async<> {
            auto called = group.spawn(make_lambda(), 7);
            EXPECT_STREQ(called.name(), "task");
            co_await called;
            EXPECT_STREQ(called.name(), "lambda in make_lambda");
        });
    });
}

TEST(function_name, names_a_called_function_and_an_adopted_operation_for_the_user) {
    patio::testing::run([]() -> async<> {
        co_await patio::with_task_group([](patio::task_group& group) -> async<> {
            auto called = group.spawn(make_lambda(), 7);
            const std::string name = co_await called;
            EXPECT_EQ(name, "lambda in make_lambda");
            auto adopted = group.spawn(patio::detail::adopt(patio::sleep(1s)));
            EXPECT_STREQ(adopted.name(), "sleep");
        });
    });
}

std::string signature_of(const char* function, std::size_t bytes = 256) {
    std::string out(bytes, '?');
    out.resize(patio::detail::function_signature(function, out.data(), bytes));
    return out;
}

TEST(function_signature, is_what_the_author_wrote) {
    EXPECT_EQ(signature_of("patio::async<int> add(int, int)"), "async<int> add(int, int)");
    EXPECT_EQ(signature_of("patio::async<> (anonymous namespace)::greet()"), "async<> greet()");
    EXPECT_EQ(signature_of("patio::async<> {anonymous}::shop::greet(patio::duration)"),
              "async<> shop::greet(duration)");
}

TEST(function_signature, leaves_namespaces_of_others_alone) {
    EXPECT_EQ(signature_of("async<void> compatio::f()"), "async<void> compatio::f()");
    EXPECT_EQ(signature_of("async<void> mine::patio::f()"), "async<void> mine::patio::f()");
}

TEST(function_signature, is_cut_to_fit) {
    EXPECT_EQ(signature_of("patio::async<> greet()", 6), "async");
    EXPECT_EQ(signature_of("patio::async<> greet()", 1), "");
    EXPECT_EQ(patio::detail::function_signature("f", nullptr, 0), 0U);
}

}  // namespace
