// SPDX-License-Identifier: MIT

#include "io/io_driver.hpp"

#include "io/kernel_op.hpp"
#include "io/uring_driver.hpp"
#include "support/drivers.hpp"

#include <patio/patio.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <string>

#include <fcntl.h>
#include <sys/socket.h>

namespace {

using namespace std::chrono_literals;
using patio::detail::fd_direction;
using patio::detail::fd_state;
using patio::detail::file_descriptor;
using patio::detail::io_driver;
using patio::detail::ready_operation;

struct file_pair {
    file_descriptor ours;
    file_descriptor theirs;
};

file_pair make_pair() {
    std::array<int, 2> fds{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds.data()) != 0) {
        throw std::system_error{errno, std::generic_category(), "socketpair"};
    }
    return {file_descriptor{fds[0]}, file_descriptor{fds[1]}};
}

void send_text(const file_descriptor& file, const std::string& text) {
    EXPECT_EQ(::write(file.value(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
}

/// Reads once; empty means that it would block.
std::string receive_text(fd_state& file) {
    std::array<char, 64> buffer{};
    const ssize_t count = ::read(file.fd, buffer.data(), buffer.size());
    if (count < 0) {
        EXPECT_EQ(errno, EAGAIN);
        file.clear_ready(fd_direction::in);
        return "";
    }
    return count == 0 ? "end" : std::string(buffer.data(), static_cast<std::size_t>(count));
}

patio::async<std::string> receive(io_driver& driver, fd_state& file) {
    std::string text = receive_text(file);
    while (text.empty()) {
        co_await ready_operation{driver, file, fd_direction::in};
        text = receive_text(file);
    }
    co_return text;
}

class files : public patio::test_support::on_each_driver {};
PATIO_TEST_ON_EACH_DRIVER(files);

TEST_P(files, wake_their_reader_when_something_arrives) {
    const auto main = []() -> patio::async<> {
        io_driver& driver = io_driver::of_this_loop();
        file_pair pair = make_pair();
        fd_state& file = driver.adopt(std::move(pair.ours));
        auto reader = patio::create_task(receive(driver, file));
        for (int i = 0; i < 3; ++i)
            co_await patio::yield();
        EXPECT_FALSE(reader.done());
        send_text(pair.theirs, "hello");
        const std::string text = co_await reader;
        EXPECT_EQ(text, "hello");
        driver.close(file);
    };
    patio::run(main(), options());
}

TEST_P(files, give_one_edge_after_the_other) {
    const auto main = []() -> patio::async<> {
        io_driver& driver = io_driver::of_this_loop();
        file_pair pair = make_pair();
        fd_state& file = driver.adopt(std::move(pair.ours));
        for (int i = 0; i < 500; ++i) {
            auto reader = patio::create_task(receive(driver, file));
            co_await patio::yield();
            send_text(pair.theirs, std::to_string(i));
            const std::string text = co_await reader;
            EXPECT_EQ(text, std::to_string(i));
        }
        driver.close(file);
    };
    patio::run(main(), options());
}

TEST_P(files, let_both_directions_wait_at_once) {
    const auto fill = [](fd_state& file) {
        const std::string block(65536, 'x');
        while (::write(file.fd, block.data(), block.size()) > 0) {}
        file.clear_ready(fd_direction::out);
    };
    const auto wait_for = [](io_driver& driver, fd_state& file,
                             fd_direction direction) -> patio::async<> {
        co_await ready_operation{driver, file, direction};
    };
    const auto main = [&]() -> patio::async<> {
        io_driver& driver = io_driver::of_this_loop();
        file_pair pair = make_pair();
        fd_state& file = driver.adopt(std::move(pair.ours));
        fill(file);
        receive_text(file);
        auto reader = patio::create_task(wait_for(driver, file, fd_direction::in));
        auto writer = patio::create_task(wait_for(driver, file, fd_direction::out));
        co_await patio::sleep(1ms);
        EXPECT_FALSE(reader.done() || writer.done());
        send_text(pair.theirs, "x");
        co_await reader;
        EXPECT_FALSE(writer.done());
        std::array<char, 65536> sink{};
        while (::read(pair.theirs.value(), sink.data(), sink.size()) > 0) {}
        co_await writer;
        driver.close(file);
    };
    patio::run(main(), options());
}

TEST_P(files, hear_of_room_from_the_first_write_that_had_to_wait) {
    const auto main = []() -> patio::async<> {
        io_driver& driver = io_driver::of_this_loop();
        file_pair pair = make_pair();
        fd_state& file = driver.adopt(std::move(pair.ours));
        auto reader = patio::create_task(receive(driver, file));
        co_await patio::sleep(1ms);
        file.clear_ready(fd_direction::out);
        EXPECT_EQ(::write(file.fd, "x", 1), 1);
        char byte = 0;
        EXPECT_EQ(::read(pair.theirs.value(), &byte, 1), 1);
        co_await patio::sleep(1ms);
        EXPECT_FALSE(file.is_ready(fd_direction::out));
        ready_operation room{driver, file, fd_direction::out};
        co_await room;
        EXPECT_TRUE(file.is_ready(fd_direction::out));
        send_text(pair.theirs, "both");  // the reader is still there
        const std::string text = co_await reader;
        EXPECT_EQ(text, "both");
        driver.close(file);
    };
    patio::run(main(), options());
}

TEST_P(files, can_be_waited_for_again_after_a_cancelled_wait) {
    const auto main = []() -> patio::async<> {
        io_driver& driver = io_driver::of_this_loop();
        file_pair pair = make_pair();
        fd_state& file = driver.adopt(std::move(pair.ours));
        for (int i = 0; i < 3; ++i) {
            const auto text = co_await patio::move_on_after(100us, receive(driver, file));
            EXPECT_FALSE(text.has_value());
        }
        send_text(pair.theirs, "late");
        const std::string text = co_await receive(driver, file);
        EXPECT_EQ(text, "late");
        driver.close(file);
    };
    patio::run(main(), options());
}

TEST_P(files, wake_their_reader_at_the_end_of_the_stream) {
    const auto main = []() -> patio::async<> {
        io_driver& driver = io_driver::of_this_loop();
        file_pair pair = make_pair();
        fd_state& file = driver.adopt(std::move(pair.ours));
        auto reader = patio::create_task(receive(driver, file));
        co_await patio::yield();
        pair.theirs = {};
        const std::string text = co_await reader;
        EXPECT_EQ(text, "end");
        EXPECT_NE(file.ready & patio::detail::fd_ready::hangup, 0);
        driver.close(file);
    };
    patio::run(main(), options());
}

TEST_P(files, show_their_peer_the_end_as_soon_as_they_are_closed) {
    const auto main = []() -> patio::async<> {
        io_driver& driver = io_driver::of_this_loop();
        file_pair pair = make_pair();
        fd_state& file = driver.adopt(std::move(pair.ours));
        const auto text = co_await patio::move_on_after(100us, receive(driver, file));
        EXPECT_FALSE(text.has_value());
        EXPECT_TRUE(file.is_armed);
        driver.close(file);
        char byte = 0;
        EXPECT_EQ(::read(pair.theirs.value(), &byte, 1), 0) << "the kernel still holds the file";
    };
    patio::run(main(), options());
}

TEST_P(files, reuse_a_slot_without_hearing_of_its_former_file) {
    const auto main = []() -> patio::async<> {
        io_driver& driver = io_driver::of_this_loop();
        for (int i = 0; i < 300; ++i) {
            file_pair former = make_pair();
            fd_state& old = driver.adopt(std::move(former.ours));
            auto reader = patio::create_task(receive(driver, old));
            co_await patio::yield();
            send_text(former.theirs, "old");
            co_await reader;
            send_text(former.theirs, "unread");
            driver.close(old);
            file_pair pair = make_pair();
            fd_state& file = driver.adopt(std::move(pair.ours));
            EXPECT_EQ(&file, &old);
            receive_text(file);
            co_await patio::yield();
            EXPECT_FALSE(file.is_ready(fd_direction::in));
            driver.close(file);
        }
    };
    patio::run(main(), options());
}

TEST_P(files, count_as_something_that_may_wake_the_loop) {
    const auto main = []() -> patio::async<> {
        io_driver& driver = io_driver::of_this_loop();
        file_pair pair = make_pair();
        fd_state& file = driver.adopt(std::move(pair.ours));
        const patio::detail::file_descriptor theirs = std::move(pair.theirs);
        const auto text =
            co_await patio::move_on_after(2ms, receive(driver, file));  // no deadlock meanwhile
        EXPECT_FALSE(text.has_value());
        driver.close(file);
    };
    patio::run(main(), options());
}

TEST_P(files, that_are_regular_are_always_ready) {
    const auto main = []() -> patio::async<> {
        io_driver& driver = io_driver::of_this_loop();
        fd_state& file = driver.adopt(
            file_descriptor::checked(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC), "open"));
        file.clear_ready(fd_direction::in);
        co_await ready_operation{driver, file, fd_direction::in};
        driver.close(file);
    };
    patio::run(main(), options());
}

// --- operations that the ring owns

using patio::detail::kernel_op;
using patio::detail::uring_driver;

class read_operation final : public kernel_op {
public:
    read_operation(uring_driver& ring, int fd, char* buffer, std::uint32_t bytes) noexcept
        : ring_{ring}, fd_{fd}, buffer_{buffer}, bytes_{bytes} {}
    static bool await_ready() noexcept { return false; }
    void await_suspend(patio::detail::awaiting_frame frame,
                       std::source_location where = std::source_location::current()) noexcept {
        using namespace patio::detail;
        task_block* task = begin_wait(frame, wait_kind::kernel, where);
        if (task == nullptr) return;
        ring_.start(*this, *task, [this](ring_abi::sqe& entry) {
            entry.op = ring_abi::opcode::read;
            entry.fd = fd_;
            entry.address = reinterpret_cast<std::uintptr_t>(buffer_);
            entry.length = bytes_;
            entry.offset = UINT64_MAX;
        });
    }
    int await_resume() const {
        patio::detail::deliver_cancellation();
        return result;
    }

private:
    uring_driver& ring_;
    int fd_;
    char* buffer_;
    std::uint32_t bytes_;
};

patio::run_options on_a_ring() { return patio::run_options{}.driver(patio::driver_kind::io_uring); }

patio::async<std::string> read_by_ring(int fd) {
    auto& ring = dynamic_cast<uring_driver&>(io_driver::of_this_loop());
    std::array<char, 16> buffer{};
    const int count = co_await read_operation{ring, fd, buffer.data(), buffer.size()};
    if (count < 0) throw std::system_error{-count, std::generic_category()};
    co_return std::string(buffer.data(), static_cast<std::size_t>(count));
}

TEST(kernel_op, gives_the_result_of_its_completion) {
    const auto main = []() -> patio::async<> {
        const file_pair pair = make_pair();
        auto reader = patio::create_task(read_by_ring(pair.ours.value()));
        co_await patio::yield();
        EXPECT_FALSE(reader.done());
        send_text(pair.theirs, "ring");
        const std::string text = co_await reader;
        EXPECT_EQ(text, "ring");
    };
    patio::run(main(), on_a_ring());
}

TEST(kernel_op, ends_before_its_cancelled_task_is_unwound) {
    const auto main = []() -> patio::async<> {
        const file_pair pair = make_pair();
        const auto text = co_await patio::move_on_after(100us, read_by_ring(pair.ours.value()));
        EXPECT_FALSE(text.has_value());
        send_text(pair.theirs, "kept");
        const std::string rest = co_await read_by_ring(pair.ours.value());
        EXPECT_EQ(rest, "kept") << "the cancelled read was still in the kernel";
    };
    patio::run(main(), on_a_ring());
}

TEST(kernel_op, delivers_a_result_that_came_in_spite_of_a_cancellation) {
    const auto main = []() -> patio::async<> {
        const auto file =
            file_descriptor::checked(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC), "open");
        auto reader = patio::create_task(read_by_ring(file.value()));
        co_await patio::yield();
        reader.cancel();  // both are submitted together, and cached data is read at once
        const std::string text = co_await reader;
        EXPECT_EQ(text.substr(1, 3), "ELF");
    };
    patio::run(main(), on_a_ring());
}

TEST(kernel_op, works_when_more_are_started_than_the_queue_holds) {
    const auto main = []() -> patio::async<> {
        const file_pair pair = make_pair();
        std::vector<patio::task<std::string>> readers;
        for (int i = 0; i < 600; ++i) {
            readers.push_back(patio::create_task(read_by_ring(pair.ours.value())));
        }
        co_await patio::yield();
        EXPECT_EQ(::shutdown(pair.theirs.value(), SHUT_WR), 0);
        for (auto& reader : readers) {
            const std::string text = co_await reader;
            EXPECT_EQ(text, "");
        }
    };
    patio::run(main(), on_a_ring());
}

}  // namespace
