// SPDX-License-Identifier: MIT

#include <patio/io/unix_descriptors.hpp>

#include "support/connections.hpp"
#include "support/drivers.hpp"

#include <patio/patio.hpp>
#include <patio/testing/memory_stream.hpp>

#include <gtest/gtest.h>

#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::descriptor;
using patio::received_descriptors;
using patio::stream;
using patio::test_support::connection;
using patio::test_support::descriptor_count;
using patio::test_support::unix_connection;

/// A pipe; which end is which is all that tests need.
struct pipe_ends {
    descriptor source;
    descriptor target;
};
pipe_ends make_pipe() {
    int ends[2] = {-1, -1};
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    return {descriptor{ends[0]}, descriptor{ends[1]}};
}

ino_t inode_of(int fd) {
    struct stat file = {};
    EXPECT_EQ(::fstat(fd, &file), 0);
    return file.st_ino;
}

/// This process may have `more` descriptors besides those that it has.
class descriptor_limit {
public:
    explicit descriptor_limit(int more) {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        int number = 0;  // the limit is one of numbers
        for (int free = 0; free < more; ++number) {
            if (::fcntl(number, F_GETFD) < 0) ++free;
        }
        rlimit low = before_;
        low.rlim_cur = static_cast<rlim_t>(number);
        ::setrlimit(RLIMIT_NOFILE, &low);
    }
    descriptor_limit(const descriptor_limit&) = delete;
    descriptor_limit& operator=(const descriptor_limit&) = delete;
    ~descriptor_limit() { ::setrlimit(RLIMIT_NOFILE, &before_); }

private:
    rlimit before_{};
};

class passing : public patio::test_support::on_each_driver {};
PATIO_TEST_ON_EACH_DRIVER(passing);

TEST_P(passing, descriptors_hides_no_byte_from_a_reader_who_wants_none) {
    const auto main = []() -> async<> {
        connection pair = co_await unix_connection();
        auto reader = patio::create_task(pair.ours.read_exactly(1));
        co_await patio::sleep(1ms);
        co_await pair.theirs.write("x");  // now the driver watches for edges
        co_await reader;
        const pipe_ends pipe = make_pipe();
        for (int i = 0; i < 2; ++i) {
            // A read stops behind the message with the descriptor, and both edges have come.
            co_await patio::send_descriptors(pair.theirs, "ab", pipe.source.value());
            co_await pair.theirs.write("cd");
            co_await patio::sleep(1ms);
            const std::string text = co_await pair.ours.read_exactly(4);
            EXPECT_EQ(text, "abcd");
        }
    };
    patio::run(main(), options());
}

TEST_P(passing, descriptors_gives_the_receiver_the_same_open_files) {
    const auto main = []() -> async<> {
        connection pair = co_await unix_connection();
        const pipe_ends first = make_pipe();
        const pipe_ends second = make_pipe();
        const std::vector<int> open{first.target.value(), second.source.value()};
        co_await patio::send_descriptors(pair.ours, "two", open);
        char memory[10];
        const received_descriptors got = co_await patio::receive_descriptors(pair.theirs, memory);
        EXPECT_EQ((std::string{memory, got.size}), "two");
        EXPECT_EQ(got.descriptors.size(), 2U);
        if (got.descriptors.size() != 2) co_return;
        for (const descriptor& each : got.descriptors)
            EXPECT_NE(::fcntl(each.value(), F_GETFD) & FD_CLOEXEC, 0);
        EXPECT_NE(got.descriptors[0].value(), first.target.value());
        EXPECT_EQ(inode_of(got.descriptors[0].value()), inode_of(first.target.value()));
        EXPECT_EQ(inode_of(got.descriptors[1].value()), inode_of(second.source.value()));
    };
    patio::run(main(), options());
}

TEST_P(passing, descriptors_wakes_a_receiver_that_waits) {
    const auto main = []() -> async<> {
        connection pair = co_await unix_connection();
        char memory[10];
        auto receiving = patio::create_task(patio::receive_descriptors(pair.theirs, memory));
        co_await patio::yield();
        co_await patio::send_descriptors(pair.ours, "x", 0);
        const received_descriptors got = co_await std::move(receiving);
        EXPECT_EQ(got.size, 1U);
        EXPECT_EQ(got.descriptors.size(), 1U);
    };
    patio::run(main(), options());
}

TEST_P(passing, descriptors_keeps_messages_apart_and_lets_bytes_follow) {
    const auto main = []() -> async<> {
        connection pair = co_await unix_connection();
        co_await patio::send_descriptors(pair.ours, "ab", 0);
        co_await patio::send_descriptors(pair.ours, "cd", 0);
        co_await pair.ours.write("plain");
        co_await pair.ours.shutdown();
        char memory[100];
        std::string sizes;
        for (;;) {
            const received_descriptors got =
                co_await patio::receive_descriptors(pair.theirs, memory);
            if (got.size == 0) break;
            sizes += std::to_string(got.size) + ":" + std::to_string(got.descriptors.size()) + " ";
        }
        EXPECT_EQ(sizes, "2:1 2:1 5:0 ");
        const std::string rest = co_await pair.theirs.read_all();
        EXPECT_EQ(rest, "");
    };
    patio::run(main(), options());
}

TEST_P(passing, descriptors_with_more_bytes_than_the_socket_takes_at_once_passes_them_once) {
    const auto main = []() -> async<> {
        connection pair = co_await unix_connection();
        const std::string text(4 << 20, 'x');
        auto sending = patio::create_task(patio::send_descriptors(pair.ours, text, 0));
        std::string memory(text.size(), '\0');
        std::size_t size = 0;
        std::size_t count = 0;
        while (size < text.size()) {
            const received_descriptors got = co_await patio::receive_descriptors(
                pair.theirs, patio::byte_span{memory}.from(size));
            size += got.size;
            count += got.descriptors.size();
        }
        co_await sending;
        EXPECT_EQ(count, 1U);
        EXPECT_TRUE(memory == text);
    };
    patio::run(main(), options());
}

TEST_P(passing, descriptors_to_one_who_only_reads_bytes_leaks_none) {
    const auto main = []() -> async<> {
        connection pair = co_await unix_connection();
        const std::size_t before = descriptor_count();
        co_await patio::send_descriptors(pair.ours, "bytes\n", 0);
        const auto line = co_await pair.theirs.read_line();
        EXPECT_EQ(line, "bytes");
        EXPECT_EQ(descriptor_count(), before);
    };
    patio::run(main(), options());
}

TEST_P(passing, more_descriptors_than_are_wanted_closes_all_and_keeps_the_bytes) {
    const auto main = []() -> async<> {
        connection pair = co_await unix_connection();
        const std::size_t before = descriptor_count();
        for (const std::size_t count_max : {std::size_t{0}, std::size_t{1}, std::size_t{2}}) {
            const std::vector<int> open{0, 0, 0};
            co_await patio::send_descriptors(pair.ours, "three", open);
            char memory[10];
            try {
                co_await patio::receive_descriptors(pair.theirs, memory, count_max);
                ADD_FAILURE() << "three came where " << count_max << " were wanted";
            } catch (const patio::limit_exceeded& e) {  // the expected way
                EXPECT_STREQ(e.name(), "count_max");
                EXPECT_EQ(e.limit(), count_max);
            }
            EXPECT_EQ(descriptor_count(), before);
            const std::string text = co_await pair.theirs.read_exactly(5);
            EXPECT_EQ(text, "three");
        }
        const std::vector<int> open{0, 0, 0};
        co_await patio::send_descriptors(pair.ours, "three", open);
        char memory[10];
        const received_descriptors got =
            co_await patio::receive_descriptors(pair.theirs, memory, 3);
        EXPECT_EQ(got.descriptors.size(), 3U);
    };
    patio::run(main(), options());
}

TEST_P(passing, more_descriptors_than_the_process_may_have_closes_all_that_came) {
    const auto main = []() -> async<> {
        connection pair = co_await unix_connection();
        const std::vector<int> open(10, 0);
        co_await patio::send_descriptors(pair.ours, "ten", open);
        const std::size_t before = descriptor_count();
        char memory[10];
        try {
            const descriptor_limit limit{5};
            co_await patio::receive_descriptors(pair.theirs, memory);
            ADD_FAILURE() << "ten were taken where five were allowed";
        } catch (const patio::error& e) {  // the expected way
            EXPECT_EQ(e.code(), std::errc::too_many_files_open);
        }
        EXPECT_EQ(descriptor_count(), before);
        const std::string text = co_await pair.theirs.read_exactly(3);
        EXPECT_EQ(text, "ten");
    };
    patio::run(main(), options());
}

TEST_P(passing, descriptors_is_refused_while_bytes_are_buffered) {
    const auto main = []() -> async<> {
        connection pair = co_await unix_connection();
        co_await pair.ours.write("line\nrest");
        co_await pair.theirs.read_line();
        char memory[10];
        try {
            co_await patio::receive_descriptors(pair.theirs, memory);
            ADD_FAILURE() << "descriptors were received behind bytes that are buffered";
        } catch (const patio::usage_error& e) {  // the expected way
            EXPECT_NE(std::string{e.what()}.find("buffered"), std::string::npos);
        }
        const std::string rest = co_await pair.theirs.read_exactly(4);
        EXPECT_EQ(rest, "rest");
        co_await patio::send_descriptors(pair.ours, "x", 0);
        const received_descriptors got = co_await patio::receive_descriptors(pair.theirs, memory);
        EXPECT_EQ(got.descriptors.size(), 1U);
    };
    patio::run(main(), options());
}

TEST_P(passing, descriptors_needs_a_unix_socket) {
    const auto main = []() -> async<> {
        connection tcp = co_await patio::test_support::tcp_connection();
        auto memory_pair = patio::testing::memory_streams();
        char memory[10];
        for (stream* over : {&tcp.ours, &memory_pair.first}) {
            try {
                co_await patio::send_descriptors(*over, "x", 0);
                ADD_FAILURE() << "descriptors were sent over something else";
            } catch (const patio::error& e) {  // the expected way
                EXPECT_EQ(e.code(), patio::errc::unsupported);
            }
            try {
                co_await patio::receive_descriptors(*over, memory);
                ADD_FAILURE() << "descriptors were received over something else";
            } catch (const patio::error& e) {  // the expected way
                EXPECT_EQ(e.code(), patio::errc::unsupported);
            }
        }
    };
    patio::run(main(), options());
}

TEST_P(passing, nothing_or_too_much_is_refused) {
    const auto main = []() -> async<> {
        connection pair = co_await unix_connection();
        const std::vector<int> too_many(patio::descriptors_max + 1, 0);
        const auto expect_refused = [&](async<> sending) -> async<> {
            try {
                co_await std::move(sending);
                ADD_FAILURE() << "that was sent";
            } catch (const patio::usage_error&) {  // the expected way
            }
        };
        co_await expect_refused(patio::send_descriptors(pair.ours, "", 0));
        co_await expect_refused(patio::send_descriptors(pair.ours, "x", std::vector<int>{}));
        co_await expect_refused(patio::send_descriptors(pair.ours, "x", too_many));
        try {
            co_await patio::send_descriptors(pair.ours, "x", -1);
            ADD_FAILURE() << "no descriptor was sent";
        } catch (const patio::error& e) {  // the expected way
            EXPECT_EQ(e.code(), std::errc::bad_file_descriptor);
        }
        const std::vector<int> most(patio::descriptors_max, 0);
        co_await patio::send_descriptors(pair.ours, "x", most);
        char memory[10];
        const received_descriptors got = co_await patio::receive_descriptors(pair.theirs, memory);
        EXPECT_EQ(got.size, 1U);
        EXPECT_EQ(got.descriptors.size(), most.size());
    };
    patio::run(main(), options());
}

TEST_P(passing, descriptors_to_one_who_was_cancelled_loses_none) {
    const auto main = []() -> async<> {
        connection pair = co_await unix_connection();
        char memory[10];
        const auto never =
            co_await patio::move_on_after(1ms, patio::receive_descriptors(pair.theirs, memory));
        EXPECT_FALSE(never.has_value());
        co_await patio::send_descriptors(pair.ours, "x", 0);
        const received_descriptors got = co_await patio::receive_descriptors(pair.theirs, memory);
        EXPECT_EQ(got.descriptors.size(), 1U);

        // One that has come in the same turn as the cancellation is delivered or still there.
        const std::size_t before = descriptor_count();
        auto receiving = patio::create_task(patio::receive_descriptors(pair.theirs, memory));
        co_await patio::yield();
        co_await patio::send_descriptors(pair.ours, "x", 0);
        receiving.cancel();
        std::size_t count = 0;
        bool is_left_over = false;
        try {
            const received_descriptors raced = co_await std::move(receiving);
            count = raced.descriptors.size();
        } catch (const patio::task_cancelled&) {
            is_left_over = true;
        }
        if (is_left_over) {
            const received_descriptors left =
                co_await patio::receive_descriptors(pair.theirs, memory);
            count = left.descriptors.size();
        }
        EXPECT_EQ(count, 1U);
        EXPECT_EQ(descriptor_count(), before);
    };
    patio::run(main(), options());
}

TEST_P(passing, descriptors_ends_when_the_stream_is_closed_or_gone) {
    const auto main = []() -> async<> {
        char memory[10];
        for (const bool is_destroyed : {false, true}) {
            connection pair = co_await unix_connection();
            auto receiving = patio::create_task(patio::receive_descriptors(pair.theirs, memory));
            co_await patio::yield();
            if (is_destroyed) {
                pair.theirs = stream{};
            } else {
                pair.theirs.abort();
            }
            try {
                co_await std::move(receiving);
                ADD_FAILURE() << "a closed stream has received";
            } catch (const patio::error& e) {  // the expected way
                EXPECT_EQ(e.code(), patio::errc::closed);
            }
        }
    };
    patio::run(main(), options());
}

TEST_P(passing, credentials_tells_who_the_peer_is) {
    const auto main = []() -> async<> {
        connection pair = co_await unix_connection();
        for (const stream* end : {&pair.ours, &pair.theirs}) {
            const patio::peer_credentials who = patio::credentials_of_peer(*end);
            EXPECT_EQ(who.process_id, ::getpid());
            EXPECT_EQ(who.user_id, ::geteuid());
            EXPECT_EQ(who.group_id, ::getegid());
        }
        connection tcp = co_await patio::test_support::tcp_connection();
        try {
            static_cast<void>(patio::credentials_of_peer(tcp.ours));
            ADD_FAILURE() << "TCP knows its peer's process";
        } catch (const patio::error& e) {  // the expected way
            EXPECT_EQ(e.code(), patio::errc::unsupported);
        }
        EXPECT_THROW(static_cast<void>(patio::credentials_of_peer(stream{})), patio::usage_error);
    };
    patio::run(main(), options());
}

}  // namespace
