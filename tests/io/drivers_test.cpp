// SPDX-License-Identifier: MIT

// How `patio::run` gets its driver and what it leaves behind.

#include "support/drivers.hpp"
#include "support/child_process.hpp"

#include "io/epoll_driver.hpp"

#include <patio/patio.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <system_error>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

using namespace std::chrono_literals;
using patio::test_support::child_process;
using patio::test_support::descriptor_count;

patio::async<std::string> driver_name() { co_return patio::this_thread_loop().driven_by().name(); }

/// Makes a system call fail from here on, as container runtimes and older kernels do.
void forbid(int system_call, std::uint32_t error = EPERM) {
    const std::array<sock_filter, 4> rules{
        sock_filter{BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, nr)},
        sock_filter{BPF_JMP | BPF_JEQ | BPF_K, 0, 1, static_cast<std::uint32_t>(system_call)},
        sock_filter{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | error},
        sock_filter{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW}};
    const sock_fprog program{rules.size(), const_cast<sock_filter*>(rules.data())};
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
        throw std::system_error{errno, std::generic_category(), "seccomp"};
    }
}

class driver : public patio::test_support::on_each_driver {
protected:
    static const char* expected_name() { return is_uring() ? "io_uring" : "epoll"; }
};
PATIO_TEST_ON_EACH_DRIVER(driver);

TEST_P(driver, is_the_one_that_was_asked_for) {
    EXPECT_EQ(patio::run(driver_name(), options()), expected_name());
}

TEST_P(driver, is_chosen_by_the_environment_where_the_program_says_nothing) {
    child_process child{[] {
        ::setenv("PATIO_DRIVER", is_uring() ? "uring" : "epoll", 1);
        const std::string named = patio::run(driver_name());
        const auto other = is_uring() ? patio::driver_kind::epoll : patio::driver_kind::io_uring;
        const std::string asked = patio::run(driver_name(), patio::run_options{}.driver(other));
        std::printf("%s, %s", named.c_str(), asked == named ? "the same" : "another");
        return 0;
    }};
    child.wait();
    EXPECT_EQ(child.output(), std::string{expected_name()} + ", another");
}

TEST_P(driver, leaves_no_descriptor_behind) {
    const auto main = []() -> patio::async<> { co_await patio::sleep(10us); };
    patio::run(main(), options());
    const std::size_t before = descriptor_count();
    for (int i = 0; i < 20; ++i)
        patio::run(main(), options());
    EXPECT_EQ(descriptor_count(), before);
    const auto failing = []() -> patio::async<> {
        co_await patio::yield();
        throw std::runtime_error{"no"};
    };
    EXPECT_THROW(patio::run(failing(), options()), std::runtime_error);
    EXPECT_EQ(descriptor_count(), before);
}

TEST_P(driver, gives_the_threads_timer_slack_back) {
    const int before = ::prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0);
    const auto main = []() -> patio::async<> {
        EXPECT_EQ(::prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0), 1);
        co_return;
    };
    patio::run(main(), options());
    EXPECT_EQ(::prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0), before);
}

TEST_P(driver, says_so_when_there_is_no_descriptor_left) {
    child_process child{[] {
        forbid(SYS_eventfd2, EMFILE);
        try {
            patio::run(driver_name(), options());
        } catch (const std::system_error& error) {
            return error.code() == std::errc::too_many_files_open ? 7 : 1;
        }
        return 0;
    }};
    child.wait();
    EXPECT_EQ(child.exit_status(), 7) << child.output();
}

TEST(automatic_driver, is_epoll_without_a_word_where_io_uring_is_forbidden) {
    child_process child{[] {
        ::unsetenv("PATIO_DRIVER");
        forbid(SYS_io_uring_setup);
        return patio::run(driver_name()) == "epoll" ? 7 : 0;
    }};
    child.wait();
    EXPECT_EQ(child.exit_status(), 7);
    EXPECT_EQ(child.output(), "");
}

TEST(automatic_driver, says_in_debug_mode_why_it_is_not_io_uring) {
    child_process child{[] {
        ::unsetenv("PATIO_DRIVER");
        forbid(SYS_io_uring_setup);
        return patio::run(driver_name(), patio::run_options{}.debug(true).loops(3)) == "epoll" ? 7
                                                                                               : 0;
    }};
    child.wait();
    EXPECT_EQ(child.exit_status(), 7);
    EXPECT_EQ(child.output(),
              "patio: waits with epoll: there is no io_uring here, io_uring_setup: Operation not "
              "permitted\n");
}

TEST(automatic_driver, works_on_a_ring_without_registered_descriptors) {
    child_process child{[] {
        ::unsetenv("PATIO_DRIVER");
        forbid(SYS_io_uring_register);
        return patio::run(driver_name()) == "io_uring" ? 7 : 0;
    }};
    child.wait();
    EXPECT_EQ(child.exit_status(), 7) << child.output();
}

class finer_waits : public ::testing::TestWithParam<std::uint32_t> {};
INSTANTIATE_TEST_SUITE_P(errors, finer_waits, ::testing::Values(ENOSYS, EPERM, EACCES));

TEST_P(finer_waits, become_milliseconds_where_kernel_or_container_refuses_them) {
    child_process child{[] {
        ::unsetenv("PATIO_DRIVER");
        forbid(SYS_io_uring_setup);
        forbid(SYS_epoll_pwait2, GetParam());
        patio::detail::epoll_driver refused;
        const auto returns_early = [&] {  // then a loop would spin
            const auto begin = std::chrono::steady_clock::now();
            refused.wait(20ms, patio::expecting::only_time);
            return std::chrono::steady_clock::now() - begin < 20ms;
        };
        if (returns_early()) return 1;
        const auto main = []() -> patio::async<> { co_await patio::sleep(300us); };
        patio::run(main());
        forbid(SYS_epoll_pwait2, EBADF);  // it must not be asked for again
        return returns_early() ? 2 : 7;
    }};
    child.wait();
    EXPECT_EQ(child.exit_status(), 7) << child.output();
}

TEST(io_uring, is_a_clear_error_where_it_was_asked_for_and_is_forbidden) {
    child_process child{[] {
        forbid(SYS_io_uring_setup);
        try {
            patio::run(driver_name(), patio::run_options{}.driver(patio::driver_kind::io_uring));
        } catch (const std::system_error& error) {
            std::printf("%s", error.what());
        }
        return 0;
    }};
    child.wait();
    EXPECT_EQ(child.output(), "io_uring_setup: Operation not permitted");
}

TEST(environment, that_names_no_driver_is_an_error) {
    child_process child{[] {
        ::setenv("PATIO_DRIVER", "kqueue", 1);
        patio::run(driver_name());
        return 0;
    }};
    child.wait();
    EXPECT_EQ(child.output(), "exception: PATIO_DRIVER is 'kqueue': write uring or epoll\n");
}

// --- forks

class forked : public patio::test_support::on_each_driver {};
PATIO_TEST_ON_EACH_DRIVER(forked);

TEST_P(forked, child_may_run_a_loop_of_its_own) {
    const auto main = []() -> patio::async<> {
        child_process child{[] {
            const auto inner = []() -> patio::async<int> {
                co_await patio::sleep(10us);
                co_return 7;
            };
            return patio::run(inner(), options());
        }};
        child.wait();
        EXPECT_EQ(child.exit_status(), 7) << child.output();
        co_await patio::sleep(10us);  // the parent's loop is as it was
    };
    patio::run(main(), options());
}

TEST_P(forked, child_must_not_go_on_with_its_parents_loop) {
    child_process child{[] {
        const auto main = []() -> patio::async<> {
            if (::fork() == 0) {
                co_await patio::sleep(1ms);
                std::puts("not reached");
            }
            co_await patio::sleep(1ms);
        };
        patio::run(main(), options());
        return 0;
    }};
    child.wait();
    EXPECT_EQ(child.exit_status(), 0);
    EXPECT_NE(child.output().find("a forked child went on with its parent's loop"),
              std::string::npos)
        << child.output();
    EXPECT_EQ(child.output().find("not reached"), std::string::npos);
}

TEST_P(forked, child_does_not_keep_the_parent_from_waking) {
    const auto main = []() -> patio::async<> {
        for (int i = 0; i < 3; ++i) {
            child_process child{[] { return 0; }};
            child.wait();
            const patio::loop_handle home = patio::current_loop();
            bool was_called = false;
            home.post([&] { was_called = true; });
            while (!was_called)
                co_await patio::sleep(10us);
        }
    };
    patio::run(main(), options());
}

}  // namespace
