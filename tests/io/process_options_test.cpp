// SPDX-License-Identifier: MIT

// What processes see of their options.

#include <patio/io/process_options.hpp>

#include "support/drivers.hpp"
#include "support/no_child_left.hpp"
#include "support/scratch.hpp"

#include <patio/patio.hpp>

#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace {

using patio::process_options;
using patio::redirect;

std::string text_of(const std::string& path) {
    std::ifstream file{path};
    return {std::istreambuf_iterator<char>{file}, {}};
}

class processes_options : public patio::test_support::on_each_driver {
protected:
    /// Runs it, collects its output.
    static patio::process_output output_of(const process_options& of, const std::string& in = {}) {
        return patio::run(patio::run_process(of, in), options());
    }
    /// Runs a program that cannot be started. **Returns** what the failure says.
    static std::string failure_of(const process_options& of, std::errc code) {
        try {
            static_cast<void>(output_of(of));
        } catch (const patio::error& e) {  // the expected way
            EXPECT_EQ(e.code(), code) << e.what();
            return e.what();
        }
        ADD_FAILURE() << "it was started";
        return {};
    }

private:
    patio::test_support::no_child_left children_;
};
PATIO_TEST_ON_EACH_DRIVER(processes_options);

TEST_P(processes_options, give_arguments_unchanged) {
    const auto result =
        output_of(process_options{"printf", "[%s]", "a b", "$HOME;'\"*"}.argument(""));
    EXPECT_EQ(result.out, "[a b][$HOME;'\"*][]");
    EXPECT_TRUE(result.status.success());
    const std::vector<std::string> list{"printf", "%s", "x"};
    EXPECT_EQ(output_of(process_options{list}).out, "x");
}

TEST_P(processes_options, extend_the_environment) {
    ::setenv("PATIO_TEST_KEPT", "kept", 1);
    ::setenv("PATIO_TEST_GONE", "gone", 1);
    ::setenv("PATIO_TEST_CHANGED", "before", 1);
    auto printing = patio::shell(
        "echo $PATIO_TEST_KEPT,${PATIO_TEST_GONE-unset},$PATIO_TEST_CHANGED,$PATIO_TEST_FRESH");
    printing.environment("PATIO_TEST_CHANGED", "after")
        .environment("PATIO_TEST_FRESH", "first")
        .environment("PATIO_TEST_FRESH", "second")
        .unset_environment("PATIO_TEST_GONE");
    EXPECT_EQ(output_of(printing).out, "kept,unset,after,second\n");
    for (const char* name : {"PATIO_TEST_KEPT", "PATIO_TEST_GONE", "PATIO_TEST_CHANGED"})
        ::unsetenv(name);
}

TEST_P(processes_options, replace_the_environment) {
    const auto result = output_of(
        process_options{"/usr/bin/env"}.empty_environment().environment("ONLY", "this=that"));
    EXPECT_EQ(result.out, "ONLY=this=that\n");
}

TEST_P(processes_options, search_the_program_in_the_path_that_it_gets) {
    const patio::test_support::scratch_directory directory;
    const std::string program = directory.path() + "/patio-test-program";
    std::ofstream{program} << "#!/bin/sh\necho found\n";
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
    process_options searching{"patio-test-program"};
    EXPECT_EQ(failure_of(searching, std::errc::no_such_file_or_directory),
              "starting 'patio-test-program': No such file or directory");
    searching.environment("PATH", "/nowhere:" + directory.path());
    EXPECT_EQ(output_of(searching).out, "found\n");
}

TEST_P(processes_options, say_what_could_not_be_started) {
    const patio::test_support::scratch_directory directory;
    const std::string plain = directory.path() + "/plain";
    std::ofstream{plain} << "no program";
    EXPECT_EQ(failure_of(process_options{"/no/such/program"}, std::errc::no_such_file_or_directory),
              "starting '/no/such/program': No such file or directory");
    EXPECT_EQ(failure_of(process_options{plain}, std::errc::permission_denied),
              "starting '" + plain + "': Permission denied");
    EXPECT_EQ(failure_of(process_options{"true"}.directory("/no/such/directory"),
                         std::errc::no_such_file_or_directory),
              "starting 'true' in '/no/such/directory': No such file or directory");
    EXPECT_EQ(failure_of(process_options{"true"}.std_in(redirect::from_file("/no/such/file")),
                         std::errc::no_such_file_or_directory),
              "opening '/no/such/file' for a process: No such file or directory");
}

TEST_P(processes_options, set_the_directory) {
    const patio::test_support::scratch_directory directory;
    const std::string path = std::filesystem::canonical(directory.path());
    EXPECT_EQ(output_of(process_options{"/bin/pwd"}.directory(path)).out, path + "\n");
}

TEST_P(processes_options, redirect_to_files) {
    const patio::test_support::scratch_directory directory;
    const std::string path = directory.path() + "/text";
    std::ofstream{path} << "a text that is longer\n";
    const auto result = output_of(process_options{"cat"}.std_in(redirect::from_file(path)));
    EXPECT_EQ(result.out, "a text that is longer\n");
    output_of(process_options{"echo", "one"}.std_out(redirect::to_file(path)));
    EXPECT_EQ(text_of(path), "one\n");
    output_of(process_options{"echo", "two"}.std_out(redirect::append_to_file(path)));
    EXPECT_EQ(text_of(path), "one\ntwo\n");
}

TEST_P(processes_options, redirect_to_nowhere) {
    const auto result = output_of(patio::shell("cat; echo out; echo err >&2")
                                      .std_in(redirect::null())
                                      .std_out(redirect::null())
                                      .std_err(redirect::null()));
    EXPECT_TRUE(result.status.success());
    EXPECT_EQ(result.out + result.err, "");
}

TEST_P(processes_options, merge_standard_error_into_standard_output) {
    const auto result = output_of(
        patio::shell("echo one; echo two >&2; echo three").std_err(redirect::to_std_out()));
    EXPECT_EQ(result.out, "one\ntwo\nthree\n");
    EXPECT_EQ(result.err, "");
}

TEST_P(processes_options, redirect_to_descriptors) {
    const patio::test_support::scratch_directory directory;
    const std::string path = directory.path() + "/text";
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    output_of(process_options{"echo", "here"}.std_out(redirect::descriptor(fd)));
    EXPECT_EQ(text_of(path), "here\n");
    EXPECT_EQ(::fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC) << "it is borrowed, not changed";
    ::close(fd);
    failure_of(process_options{"true"}.std_out(redirect::descriptor(100'000)),
               std::errc::bad_file_descriptor);
}

TEST_P(processes_options, give_no_other_descriptor) {
    // Neither ours nor one that another library has forgotten to mark.
    const int forgotten = ::open("/dev/null", O_RDONLY);
    const auto result = output_of(patio::shell("ls -l /proc/self/fd | grep -c ' -> '"), "input");
    EXPECT_EQ(result.out, "4\n") << "the three and the one that ls reads with";
    ::close(forgotten);
}

TEST_P(processes_options, give_default_signals_and_an_empty_mask) {
    std::signal(SIGUSR1, SIG_IGN);
    std::signal(SIGHUP, SIG_IGN);
    sigset_t blocked;
    ::sigemptyset(&blocked);
    ::sigaddset(&blocked, SIGUSR2);
    ::pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
    const auto result =
        output_of(process_options{"grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"});
    EXPECT_EQ(result.out, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000001\n")
        << "only SIGHUP, for nohup(1)";
    ::pthread_sigmask(SIG_UNBLOCK, &blocked, nullptr);
    std::signal(SIGHUP, SIG_DFL);
    std::signal(SIGUSR1, SIG_DFL);
}

TEST_P(processes_options, end_a_process_whose_reader_has_gone) {
    // SIGPIPE has its default action there: yes(1) would print for ever otherwise.
    const auto result = output_of(patio::shell("yes | head -n 1"));
    EXPECT_EQ(result.out, "y\n");
}

TEST_P(processes_options, put_it_into_a_group_or_session_of_its_own) {
    // stat(5): the process, its name, state, parent, group, session.
    const auto ids = [](process_options options) {
        std::vector<std::string> fields;
        const std::string text = output_of(options).out;
        std::istringstream words{text};
        for (std::string word; words >> word;)
            fields.push_back(word);
        return fields.size() > 5 ? fields : std::vector<std::string>(6);
    };
    const process_options reading{"cat", "/proc/self/stat"};
    const auto plain = ids(reading);
    EXPECT_EQ(plain[4], std::to_string(::getpgrp()));
    const auto grouped = ids(process_options{reading}.own_group());
    EXPECT_EQ(grouped[4], grouped[0]);
    EXPECT_EQ(grouped[5], std::to_string(::getsid(0)));
    const auto alone = ids(process_options{reading}.own_session());
    EXPECT_EQ(alone[4], alone[0]);
    EXPECT_EQ(alone[5], alone[0]);
}

TEST_P(processes_options, name_the_shell_they_start) {
    EXPECT_EQ(output_of(patio::shell("echo $((6 * 7)) | tr 4 x")).out, "x2\n");
    EXPECT_EQ(output_of(patio::shell("printf %s \"$1\"").argument("sh").argument("a; b")).out,
              "a; b");
}

TEST_P(processes_options, that_contradict_each_other_are_refused) {
    const process_options plain{"true"};
    for (const process_options& wrong : {
             process_options{""},
             process_options{std::vector<std::string>{}},
             process_options{"true", std::string(1, '\0')},
             process_options{plain}.environment("A=B", "c"),
             process_options{plain}.environment("", "c"),
             process_options{plain}.std_out(redirect::to_std_out()),
             process_options{plain}.std_in(redirect::to_file("/tmp/x")),
             process_options{plain}.std_err(redirect::from_file("/tmp/x")),
         }) {
        EXPECT_THROW(output_of(wrong), patio::usage_error);
    }
}

}  // namespace
