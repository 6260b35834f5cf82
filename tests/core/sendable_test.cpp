// SPDX-License-Identifier: MIT

#include <patio/core/sendable.hpp>

#include <patio/patio.hpp>

#include <patio/core/async_generator.hpp>
#include <patio/core/loop_ref.hpp>
#include <patio/core/stream.hpp>

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace {

using patio::sendable;

struct plain {
    int number;
    std::string word;
};

class session {
public:
    using loop_affine = void;
};

class better_session : public session {};

TEST(sendable, are_values) {
    EXPECT_TRUE(sendable<int>);
    EXPECT_TRUE(sendable<const int>);
    EXPECT_TRUE(sendable<std::string>);
    EXPECT_TRUE(sendable<std::string_view>);
    EXPECT_TRUE(sendable<plain>);
    EXPECT_TRUE(sendable<std::vector<plain>>);
    EXPECT_TRUE((sendable<std::map<std::string, std::vector<int>>>));
    EXPECT_TRUE((sendable<std::array<std::string, 3>>));
    EXPECT_TRUE(sendable<std::unique_ptr<plain>>);
    EXPECT_TRUE(sendable<std::shared_ptr<plain>>);
    EXPECT_TRUE(sendable<std::exception_ptr>);
    EXPECT_TRUE(sendable<patio::duration>);
}

TEST(sendable, are_pointers_to_functions_and_to_values) {
    EXPECT_TRUE(sendable<patio::async<> (*)(patio::event&)>);
    EXPECT_TRUE(sendable<const char*>);
    EXPECT_TRUE(sendable<plain*>);
    EXPECT_TRUE(sendable<void*>);
}

TEST(sendable, are_not_references_and_nothing) {
    EXPECT_FALSE(sendable<int&>);
    EXPECT_FALSE(sendable<int&&>);
    EXPECT_FALSE((sendable<std::tuple<int, int&>>));
    EXPECT_FALSE(sendable<void>);
}

TEST(sendable, is_not_what_belongs_to_a_loop) {
    EXPECT_FALSE(sendable<patio::async<int>>);
    EXPECT_FALSE(sendable<patio::async_generator<int>>);
    EXPECT_FALSE(sendable<patio::task<int>>);
    EXPECT_FALSE(sendable<patio::any_task>);
    EXPECT_FALSE(sendable<patio::channel_sender<int>>);
    EXPECT_FALSE(sendable<patio::channel_receiver<int>>);
    EXPECT_FALSE(sendable<patio::oneshot_sender<int>>);
    EXPECT_FALSE(sendable<patio::oneshot_receiver<int>>);
    EXPECT_FALSE(sendable<patio::watch_sender<int>>);
    EXPECT_FALSE(sendable<patio::watch_receiver<int>>);
    EXPECT_FALSE(sendable<patio::broadcast_sender<int>>);
    EXPECT_FALSE(sendable<patio::broadcast_receiver<int>>);
    EXPECT_FALSE(sendable<patio::ready<int>>);
    EXPECT_FALSE(sendable<patio::mutex_guard>);
    EXPECT_FALSE(sendable<patio::semaphore_permit>);
    EXPECT_FALSE(sendable<patio::stream>);
    EXPECT_FALSE(sendable<std::unique_ptr<patio::transport>>);
}

TEST(sendable, is_not_what_the_system_knows_under_a_loops_descriptor) {
    EXPECT_FALSE(sendable<patio::file>);
    EXPECT_FALSE(sendable<patio::listener>);
    EXPECT_FALSE(sendable<patio::pipe_ends>);
    EXPECT_FALSE(sendable<patio::process*>);
    EXPECT_FALSE(sendable<patio::server*>);
    EXPECT_FALSE(sendable<patio::signals*>);
    EXPECT_TRUE(sendable<patio::endpoint>);
}

TEST(sendable, is_not_a_pointer_to_what_belongs_to_a_loop) {
    EXPECT_FALSE(sendable<patio::event*>);
    EXPECT_FALSE(sendable<const patio::event*>);
    EXPECT_FALSE(sendable<patio::mutex*>);
    EXPECT_FALSE(sendable<patio::condition*>);
    EXPECT_FALSE(sendable<patio::semaphore*>);
    EXPECT_FALSE(sendable<patio::bounded_semaphore*>);
    EXPECT_FALSE(sendable<patio::barrier*>);
    EXPECT_FALSE(sendable<patio::queue<int>*>);
    EXPECT_FALSE(sendable<patio::lifo_queue<int>*>);
    EXPECT_FALSE(sendable<patio::priority_queue<int>*>);
    EXPECT_FALSE(sendable<patio::task_group*>);
    EXPECT_FALSE(sendable<patio::deadline*>);
    EXPECT_FALSE(sendable<patio::loop*>);
}

TEST(sendable, is_not_what_templates_make_of_it) {
    EXPECT_FALSE(sendable<std::vector<patio::task<>>>);
    EXPECT_FALSE(sendable<std::optional<patio::stream>>);
    EXPECT_FALSE(sendable<std::shared_ptr<patio::event>>);
    EXPECT_FALSE(sendable<std::reference_wrapper<patio::mutex>>);
    EXPECT_FALSE((sendable<std::array<patio::event*, 2>>));
    EXPECT_FALSE((sendable<std::map<int, std::vector<patio::event*>>>));
}

TEST(sendable, is_not_what_says_so_itself) {
    EXPECT_FALSE(sendable<session>);
    EXPECT_FALSE(sendable<better_session>);
}

TEST(sendable, is_what_any_thread_may_use) {
    EXPECT_TRUE(sendable<patio::loop_ref>);
    EXPECT_TRUE(sendable<patio::loop_handle>);
    EXPECT_TRUE(sendable<patio::posted_call>);
    EXPECT_TRUE(sendable<patio::remote<int>>);
    EXPECT_TRUE(sendable<patio::thread_pool*>);
}

}  // namespace
