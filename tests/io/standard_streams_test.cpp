// SPDX-License-Identifier: MIT

#include <patio/io/standard_streams.hpp>

#include "io/pipe_transport.hpp"
#include "support/child_process.hpp"
#include "support/drivers.hpp"
#include "support/scratch.hpp"

#include <patio/patio.hpp>

#include <gtest/gtest.h>

#include <fstream>
#include <optional>
#include <string>

#include <fcntl.h>
#include <pty.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

namespace {

using namespace std::chrono_literals;
using patio::stream;
using patio::detail::fd_direction;
using patio::detail::file_descriptor;
using patio::test_support::child_process;

/// What the standard streams do, for any descriptor.
stream share(const file_descriptor& fd, fd_direction direction) {
    return patio::detail::stream_over_shared(fd.value(), direction, "opening it", {});
}

/// Two descriptors, as pipe(2) and socketpair(2) give them.
struct descriptor_pair {
    file_descriptor first;
    file_descriptor second;

    static descriptor_pair pipe() {
        int ends[2] = {-1, -1};
        EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
        return {file_descriptor{ends[0]}, file_descriptor{ends[1]}};
    }
    static descriptor_pair sockets() {
        int ends[2] = {-1, -1};
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
        return {file_descriptor{ends[0]}, file_descriptor{ends[1]}};
    }
    /// The master and the slave, which neither echoes nor translates.
    static descriptor_pair terminal() {
        int ends[2] = {-1, -1};
        termios raw{};
        ::cfmakeraw(&raw);
        raw.c_cflag |= CREAD;
        raw.c_lflag |= ICANON;  // by lines
        raw.c_cc[VEOF] = 4;
        EXPECT_EQ(::openpty(&ends[0], &ends[1], nullptr, &raw, nullptr), 0);
        return {file_descriptor{ends[0]}, file_descriptor{ends[1]}};
    }
};

/// The flags of a descriptor that others share are as they were.
class flags_stay {
public:
    explicit flags_stay(const file_descriptor& of) : fd_{of.value()} {}
    flags_stay(const flags_stay&) = delete;
    flags_stay& operator=(const flags_stay&) = delete;
    ~flags_stay() { EXPECT_EQ(::fcntl(fd_, F_GETFL), before_) << "somebody else sees that"; }

private:
    int fd_;
    int before_ = ::fcntl(fd_, F_GETFL);
};

class standard_streams : public patio::test_support::on_each_driver {};
PATIO_TEST_ON_EACH_DRIVER(standard_streams);

// --- input

TEST_P(standard_streams, read_a_pipe) {
    const auto main = []() -> patio::async<> {
        auto [read_end, write_end] = descriptor_pair::pipe();
        const flags_stay flags{read_end};
        stream in = share(read_end, fd_direction::in);
        auto reading = patio::create_task(in.read_line());
        co_await patio::sleep(100us);
        EXPECT_FALSE(reading.done());
        EXPECT_EQ(::write(write_end.value(), "late\nend", 8), 8);
        const std::optional<std::string> line = co_await reading;
        EXPECT_EQ(line, "late");
        write_end = {};
        const std::string rest = co_await in.read_all();
        EXPECT_EQ(rest, "end");
    };
    patio::run(main(), options());
}

TEST_P(standard_streams, read_a_regular_file_from_where_it_stands) {
    const patio::test_support::scratch_directory directory;
    const std::string path = directory.path() + "/text";
    std::string text;
    for (int i = 0; i < 20'000; ++i)
        text += std::to_string(i) + "\n";
    std::ofstream{path} << text;
    const auto main = [&]() -> patio::async<> {
        const file_descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
        const flags_stay flags{file};
        EXPECT_EQ(::lseek(file.value(), 2, SEEK_SET), 2);  // somebody has read the first line
        stream in = share(file, fd_direction::in);
        const auto line = co_await in.read_line();
        EXPECT_EQ(line, "1");
        const std::string rest = co_await in.read_all();
        EXPECT_TRUE(rest == text.substr(4));
    };
    patio::run(main(), options());
}

TEST_P(standard_streams, read_a_terminal) {
    const auto main = []() -> patio::async<> {
        auto [master, slave] = descriptor_pair::terminal();
        const flags_stay flags{slave};
        stream in = share(slave, fd_direction::in);
        auto reading = patio::create_task(in.read_line());
        co_await patio::sleep(100us);
        EXPECT_FALSE(reading.done());
        EXPECT_EQ(::write(master.value(), "typed\n", 6), 6);
        const std::optional<std::string> line = co_await reading;
        EXPECT_EQ(line, "typed");
        const auto nothing = co_await patio::move_on_after(100us, in.read_line());
        EXPECT_FALSE(nothing.has_value());
        EXPECT_EQ(::write(master.value(), "\4", 1), 1);  // Ctrl-D: the end
        const auto end = co_await in.read_line();
        EXPECT_FALSE(end.has_value());
    };
    patio::run(main(), options());
}

TEST_P(standard_streams, read_and_write_what_cannot_be_opened_again) {
    // A terminal's master: opening it would make another terminal.
    const auto main = []() -> patio::async<> {
        auto [master, slave] = descriptor_pair::terminal();
        const flags_stay flags{master};
        stream in = share(master, fd_direction::in);
        stream out = share(master, fd_direction::out);
        const auto nothing = co_await patio::move_on_after(1ms, in.read_some(10));
        EXPECT_FALSE(nothing.has_value()) << "it waits, and can be cancelled";
        auto reading = patio::create_task(in.read_some(10));
        co_await patio::sleep(100us);
        EXPECT_EQ(::write(slave.value(), "shown", 5), 5);
        const std::string shown = co_await reading;
        EXPECT_EQ(shown, "shown");
        co_await out.write("typed\n");
        char line[16];
        EXPECT_EQ(::read(slave.value(), line, sizeof line), 6);

        auto orphan = patio::create_task(in.read_some(10));
        co_await patio::yield();
        in.abort();
        try {
            co_await orphan;
            ADD_FAILURE() << "a closed stream was read";
        } catch (const patio::error& e) {  // the expected way
            EXPECT_EQ(e.code(), patio::errc::closed);
        }
    };
    patio::run(main(), options());
}

TEST_P(standard_streams, read_a_socket) {
    const auto main = []() -> patio::async<> {
        auto [ours, theirs] = descriptor_pair::sockets();
        const flags_stay flags{ours};
        stream in = share(ours, fd_direction::in);
        stream out = share(ours, fd_direction::out);
        auto reading = patio::create_task(in.read_line());
        co_await patio::sleep(100us);
        EXPECT_EQ(::write(theirs.value(), "ping\n", 5), 5);
        const std::optional<std::string> line = co_await reading;
        EXPECT_EQ(line, "ping");
        co_await out.write("pong");
        char answer[8];
        EXPECT_EQ(::read(theirs.value(), answer, sizeof answer), 4);
    };
    patio::run(main(), options());
}

TEST_P(standard_streams, read_and_write_the_null_device) {
    const auto main = []() -> patio::async<> {
        const file_descriptor null{::open("/dev/null", O_RDWR | O_CLOEXEC)};
        stream in = share(null, fd_direction::in);
        stream out = share(null, fd_direction::out);
        const std::string nothing = co_await in.read_all();
        EXPECT_EQ(nothing, "");
        co_await out.write(std::string(100'000, 'x'));
    };
    patio::run(main(), options());
}

// --- output

TEST_P(standard_streams, write_a_regular_file_at_its_end) {
    const patio::test_support::scratch_directory directory;
    const std::string path = directory.path() + "/text";
    const auto main = [&]() -> patio::async<> {
        const file_descriptor file{::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)};
        const flags_stay flags{file};
        EXPECT_EQ(::write(file.value(), "before ", 7), 7);
        stream out = share(file, fd_direction::out);
        const std::string much(100'000, 'x');
        co_await out.write("here ", much);
        EXPECT_EQ(::write(file.value(), " after", 6), 6) << "they share the place";
    };
    patio::run(main(), options());
    std::ifstream written{path};
    const std::string text{std::istreambuf_iterator<char>{written}, {}};
    EXPECT_TRUE(text == "before here " + std::string(100'000, 'x') + " after");
}

TEST_P(standard_streams, write_a_pipe_at_the_readers_pace) {
    const auto main = []() -> patio::async<> {
        auto [read_end, write_end] = descriptor_pair::pipe();
        const flags_stay flags{write_end};
        stream out = share(write_end, fd_direction::out);
        stream in = share(read_end, fd_direction::in);
        const std::string much(1'000'000, 'x');
        const auto [ignored, received] =
            co_await patio::gather(out.write(much), in.read_exactly(much.size()));
        EXPECT_TRUE(received == much);
    };
    patio::run(main(), options());
}

TEST_P(standard_streams, write_a_terminal_at_its_readers_pace) {
    const auto main = []() -> patio::async<> {
        auto [master, slave] = descriptor_pair::terminal();
        const flags_stay flags{slave};
        stream out = share(slave, fd_direction::out);
        stream in = share(master, fd_direction::in);
        const std::string much(50'000, 'x');
        const auto [ignored, received] =
            co_await patio::gather(out.write(much), in.read_exactly(much.size()));
        EXPECT_TRUE(received == much);
    };
    patio::run(main(), options());
}

// --- the descriptors

TEST_P(standard_streams, leave_the_descriptor_open) {
    const auto main = []() -> patio::async<> {
        auto [read_end, write_end] = descriptor_pair::pipe();
        {
            stream out = share(write_end, fd_direction::out);
            co_await out.shutdown();
            co_await out.close();
        }
        EXPECT_GE(::fcntl(write_end.value(), F_GETFL), 0);
        EXPECT_EQ(::write(write_end.value(), "x", 1), 1);
    };
    patio::run(main(), options());
}

TEST_P(standard_streams, fail_for_what_is_closed_or_open_for_the_other_direction) {
    const auto main = []() -> patio::async<> {
        auto [read_end, write_end] = descriptor_pair::pipe();
        const file_descriptor closed{::dup(read_end.value())};
        const int number = closed.value();
        for (const auto& [fd, direction] :
             {std::pair{&read_end, fd_direction::out}, std::pair{&write_end, fd_direction::in}}) {
            try {
                const stream wrong = share(*fd, direction);
                ADD_FAILURE() << "a pipe has two directions";
            } catch (const patio::error& e) {  // the expected way
                EXPECT_EQ(e.code(), std::errc::bad_file_descriptor);
                EXPECT_EQ(std::string{e.what()}.find("opening it"), 0U);
            }
        }
        EXPECT_GE(number, 0);
        co_return;
    };
    patio::run(main(), options());
}

/// A program that answers each line of its standard input on its standard output.
patio::async<> answer_lines() {
    stream in = patio::stdin_stream();
    stream out = patio::stdout_stream();
    stream log = patio::stderr_stream();
    while (auto line = co_await in.read_line())
        co_await out.write("<", *line, ">\n");
    co_await log.write("done\n");
}

TEST_P(standard_streams, are_those_of_the_program) {
    for (const bool is_file : {false, true}) {
        child_process child{[&] {
            auto [read_end, write_end] = descriptor_pair::pipe();
            if (is_file) {
                read_end = file_descriptor{::open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)};
                write_end = file_descriptor{::dup(read_end.value())};
            }
            if (::write(write_end.value(), "a\nb\n", 4) != 4) return 1;
            if (is_file) ::lseek(read_end.value(), 0, SEEK_SET);
            write_end = {};
            ::dup2(read_end.value(), STDIN_FILENO);
            patio::run(answer_lines(), options());
            return 0;
        }};
        child.wait();
        EXPECT_EQ(child.output(), "<a>\n<b>\ndone\n");
        EXPECT_EQ(child.exit_status(), 0);
    }
}

TEST_P(standard_streams, say_that_standard_input_is_closed) {
    child_process child{[] {
        ::close(STDIN_FILENO);
        patio::run(answer_lines(), options());
        return 0;
    }};
    child.wait();
    EXPECT_EQ(child.output(), "exception: opening standard input: Bad file descriptor\n");
}

}  // namespace
