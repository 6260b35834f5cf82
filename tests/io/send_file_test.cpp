// SPDX-License-Identifier: MIT
// label: threads

#include <patio/io/send_file.hpp>

#include "support/connections.hpp"
#include "support/drivers.hpp"
#include "support/numbered_text.hpp"

#include <patio/patio.hpp>
#include <patio/testing/memory_stream.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::stream;
using patio::test_support::connection;
using patio::test_support::numbered_text;

/// An open file with that text, which has no name any more.
class text_file {
public:
    explicit text_file(const std::string& text) {
        std::string path = std::filesystem::temp_directory_path() / "patio-send-XXXXXX";
        fd_ = ::mkostemp(path.data(), O_CLOEXEC);
        EXPECT_GE(fd_, 0);
        ::unlink(path.c_str());
        EXPECT_EQ(::write(fd_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    }
    text_file(const text_file&) = delete;
    text_file& operator=(const text_file&) = delete;
    ~text_file() { ::close(fd_); }

    [[nodiscard]] int fd() const noexcept { return fd_; }
    [[nodiscard]] off_t position() const noexcept { return ::lseek(fd_, 0, SEEK_CUR); }

private:
    int fd_ = -1;
};

/// Sends and says that this was all.
async<std::uint64_t> send_and_end(stream& to, int file, std::uint64_t offset, std::uint64_t count) {
    const std::uint64_t sent = co_await patio::send_file(to, file, offset, count);
    co_await to.shutdown();
    co_return sent;
}

constexpr std::uint64_t to_the_end = static_cast<std::uint64_t>(-1);
const std::size_t large = 2 * patio::send_file_chunk_bytes + 12'345;

class sending_files : public patio::test_support::on_each_driver {
protected:
    static async<> expect_sent(connection pair, std::string text, std::uint64_t offset,
                               std::uint64_t count) {
        const text_file file{text};
        const off_t position = file.position();
        const std::string expected =
            offset > text.size()
                ? std::string{}
                : text.substr(static_cast<std::size_t>(offset), static_cast<std::size_t>(count));
        auto sending = patio::create_task(send_and_end(pair.ours, file.fd(), offset, count));
        const std::string received = co_await pair.theirs.read_all();
        const std::uint64_t sent = co_await sending;
        EXPECT_EQ(sent, expected.size());
        EXPECT_TRUE(received == expected);
        EXPECT_EQ(file.position(), position);
    }
};
PATIO_TEST_ON_EACH_DRIVER(sending_files);

TEST_P(sending_files, sends_small_ones_large_ones_and_parts_of_them) {
    const auto main = []() -> async<> {
        struct {
            std::size_t size;
            std::uint64_t offset;
            std::uint64_t count;
        } const cases[] = {
            {0, 0, to_the_end},
            {5, 0, to_the_end},
            {5, 2, 2},
            {5, 2, 100},
            {5, 7, to_the_end},
            {5, 0, 0},
            {large, 0, to_the_end},
            {large, 3, large - 10},
            {large, 100, 70'000},
            {large, large - 70'000, to_the_end},
        };
        for (const auto& each : cases) {
            connection tcp = co_await patio::test_support::tcp_connection();
            co_await expect_sent(std::move(tcp), numbered_text(each.size), each.offset, each.count);
        }
        connection local = co_await patio::test_support::unix_connection();
        co_await expect_sent(std::move(local), numbered_text(large), 1, to_the_end);
    };
    patio::run(main(), options());
}

TEST_P(sending_files, copies_where_the_kernel_cannot) {
    const auto main = []() -> async<> {
        auto pair = patio::testing::memory_streams();
        connection memory;
        memory.ours = std::move(pair.first);
        memory.theirs = std::move(pair.second);
        co_await expect_sent(std::move(memory), numbered_text(large), 1, large - 2);
    };
    patio::run(main(), options());
}

TEST_P(sending_files, fits_between_other_writes) {
    const auto main = []() -> async<> {
        connection pair = co_await patio::test_support::tcp_connection();
        const text_file file{"body"};
        co_await pair.ours.write("head ");
        co_await patio::send_file(pair.ours, file.fd());
        co_await pair.ours.write(" tail");
        co_await pair.ours.shutdown();
        const std::string text = co_await pair.theirs.read_all();
        EXPECT_EQ(text, "head body tail");
    };
    patio::run(main(), options());
}

TEST_P(sending_files, waits_for_a_slow_peer_without_keeping_a_thread) {
    const auto main = []() -> async<> {
        connection pair = co_await patio::test_support::unix_connection();
        const std::string text = numbered_text(large);
        const text_file file{text};
        const std::size_t before = patio::test_support::descriptor_count();
        auto sending = patio::create_task(send_and_end(pair.ours, file.fd(), 0, to_the_end));
        co_await pair.theirs.read_exactly(patio::send_file_copy_bytes);
        co_await patio::move_on_after(10ms, sending);
        EXPECT_EQ(patio::test_support::descriptor_count(), before + 1);  // the kernel's own way
        // It waits for room now, and the threads have nothing to do.
        const int answer = co_await patio::to_thread([] { return 42; });
        EXPECT_EQ(answer, 42);
        EXPECT_FALSE(sending.done());
        try {
            co_await pair.ours.write("x");
            ADD_FAILURE() << "wrote into the middle of a file";
        } catch (const patio::usage_error&) {  // the expected way
        }
        const std::string received = co_await pair.theirs.read_all();
        EXPECT_TRUE(received == text.substr(patio::send_file_copy_bytes));
        const std::uint64_t sent = co_await sending;
        EXPECT_EQ(sent, large);
    };
    patio::run(main(), options());
}

TEST_P(sending_files, ends_when_it_is_cancelled_or_its_stream_is_closed_or_gone) {
    const auto main = []() -> async<> {
        const text_file file{numbered_text(large)};
        enum class how { cancelled, closed, destroyed };
        for (const how end : {how::cancelled, how::closed, how::destroyed}) {
            connection pair = co_await patio::test_support::unix_connection();
            auto sending = patio::create_task(patio::send_file(pair.ours, file.fd()));
            co_await pair.theirs.read_exactly(100'000);
            if (end == how::cancelled) sending.cancel();
            if (end == how::closed) pair.ours.abort();
            if (end == how::destroyed) pair.ours = stream{};
            try {
                co_await sending;
                ADD_FAILURE() << "sent to its end";
            } catch (const patio::task_cancelled&) {
                EXPECT_EQ(end, how::cancelled);
            } catch (const patio::error& e) {
                EXPECT_NE(end, how::cancelled);
                EXPECT_EQ(e.code(), patio::errc::closed);
            }
        }
    };
    patio::run(main(), options());
}

TEST_P(sending_files, fails_with_what_the_peer_or_the_file_says) {
    const auto main = []() -> async<> {
        connection pair = co_await patio::test_support::tcp_connection();
        int ends[2] = {-1, -1};
        EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
        const std::pair<int, std::errc> cases[] = {{ends[0], std::errc::invalid_seek},
                                                   {-1, std::errc::bad_file_descriptor}};
        for (const auto& [fd, expected] : cases) {
            try {
                co_await patio::send_file(pair.ours, fd);
                ADD_FAILURE() << "sent what is no file";
            } catch (const patio::error& e) {  // the expected way
                EXPECT_EQ(e.code(), expected);
            }
        }
        ::close(ends[0]);
        ::close(ends[1]);

        const text_file file{numbered_text(large)};
        auto sending = patio::create_task(patio::send_file(pair.ours, file.fd()));
        co_await pair.theirs.read_exactly(100'000);
        const linger at_once{1, 0};
        ::setsockopt(pair.theirs.native_handle(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        pair.theirs.abort();
        try {
            co_await sending;
            ADD_FAILURE() << "sent to nobody";
        } catch (const patio::error& e) {  // the expected way
            EXPECT_TRUE(e.code() == std::errc::connection_reset ||
                        e.code() == std::errc::broken_pipe)
                << e.what();
        }
    };
    patio::run(main(), options());
}

}  // namespace
