// SPDX-License-Identifier: MIT
#pragma once

// Tests with worker processes: a fork server for each, memory that the workers share with the test,
// functions for workers, and a look at what is left.

#include "support/drivers.hpp"

#include <patio/core/async.hpp>
#include <patio/core/sleep.hpp>
#include <patio/io/process_pool.hpp>
#include <patio/io/run.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <exception>
#include <fstream>
#include <new>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include <sys/mman.h>
#include <unistd.h>

namespace patio::test_support {

/// What the test and the functions in workers both see: the one piece of memory that they share.
struct blackboard {
    std::atomic<int> process = 0;
    std::atomic<int> server = 0;
    std::atomic<int> grandchild = 0;
    std::atomic<int> call_count = 0;
    std::atomic<bool> got_sigterm = false;
    std::atomic<bool> may_go_on = false;
};

inline blackboard& board() {
    static blackboard* const only = [] {
        void* memory = ::mmap(nullptr, sizeof(blackboard), PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        return new (memory) blackboard;
    }();
    return *only;
}

/// The processes whose parent is this one, zombies too.
inline std::set<int> children_of(int parent) {
    const std::string number = std::to_string(parent);
    std::ifstream list{"/proc/" + number + "/task/" + number + "/children"};
    std::set<int> found;
    for (int child = 0; list >> child;)
        found.insert(child);
    return found;
}

/// The base of all tests: a fork server, and a look at what is left when it has gone.
class with_fork_server : public on_each_driver {
protected:
    with_fork_server() {
        board().~blackboard();
        new (&board()) blackboard;
        // The driver's first use may open what stays open.
        run([]() -> async<> { co_return; }, options());
        descriptors_before_ = descriptor_count();
        server_.emplace();
    }
    void TearDown() override {
        const std::set<int> servers = children_of(::getpid());
        EXPECT_EQ(servers.size(), 1U);
        std::set<int> workers;
        for (const int server : servers)
            workers.merge(children_of(server));
        server_.reset();
        for (const int worker : workers)
            EXPECT_EQ(::kill(worker, 0), -1) << "a worker has outlived the fork server";
        EXPECT_EQ(children_of(::getpid()).size(), 0U);
        EXPECT_EQ(descriptor_count(), descriptors_before_);
    }

    std::optional<fork_server> server_;
    std::size_t descriptors_before_ = 0;
};

// --- functions for workers

inline int add(int a, int b) { return a + b; }
inline int process_id() { return ::getpid(); }
inline int parent_id() { return ::getppid(); }
inline std::size_t length(std::string_view text) { return text.size(); }

/// Tells who it is and waits for a signal that ends it.
inline void wait_for_death() {
    board().process = ::getpid();
    for (;;)
        ::pause();
}

inline void wait_for_leave() {
    board().process = ::getpid();
    while (!board().may_go_on)
        ::usleep(200);
}

inline void ignore_sigterm() {
    ::signal(SIGTERM, [](int) { board().got_sigterm = true; });
    wait_for_death();
}

inline void count_call() { ++board().call_count; }

// --- helpers on the loop

inline async<> wait_for_worker() {
    while (board().process == 0)
        co_await sleep(duration::nanoseconds(200'000));
}

template <class F>
async<> run_in(process_pool& pool, F f) {
    co_await pool.run(f);
}

/// What becomes of an operation: "value", or the text of its exception.
template <class A>
async<std::string> outcome_of(A operation) {
    try {
        co_await std::move(operation);
    } catch (const std::exception& error) {
        co_return error.what();
    }
    co_return "value";
}

}  // namespace patio::test_support
