// SPDX-License-Identifier: MIT

// TLS with others: OpenSSL's command line and Python, in both directions, on both drivers.

#include <patio/patio.hpp>

#include "support/certificates.hpp"
#include "support/child_process.hpp"
#include "support/descriptors.hpp"
#include "support/drivers.hpp"
#include "support/scratch.hpp"
#include "support/tls_pair.hpp"

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::connect_options;
using patio::endpoint;
using patio::serve_options;
using patio::stream;
using patio::tls::client_context;
using patio::tls::info_of;
using patio::tls::server_context;
using patio::tls::version;
using ::testing::HasSubstr;
using ::testing::Not;
using namespace patio::test_support;

/// Certificates where programs can read them.
class certificate_files {
public:
    certificate_files() {
        std::ofstream{ca()} << test_authority().pem();
        std::ofstream{certificate()} << example_identity().certificate;
        std::ofstream{key()} << example_identity().key;
    }
    [[nodiscard]] std::string ca() const { return directory_.path() + "/ca.pem"; }
    [[nodiscard]] std::string certificate() const { return directory_.path() + "/cert.pem"; }
    [[nodiscard]] std::string key() const { return directory_.path() + "/key.pem"; }

private:
    scratch_directory directory_;
};

/// A program with its arguments.
std::function<int()> program(std::vector<std::string> arguments) {
    return [arguments = std::move(arguments)] {
        std::vector<char*> all;
        for (const std::string& one : arguments)
            all.push_back(const_cast<char*>(one.c_str()));
        all.push_back(nullptr);
        ::execvp(all.front(), all.data());
        return 127;
    };
}

/// The port behind `mark` in what a server has printed.
std::uint16_t port_behind(child_process& server, const std::string& mark) {
    EXPECT_TRUE(server.wait_for_output(mark)) << server.output();
    const std::size_t begin = server.output().find(mark) + mark.size();
    EXPECT_TRUE(server.wait_for_output("\n"));
    return static_cast<std::uint16_t>(std::atoi(server.output().c_str() + begin));
}

class peers : public on_each_driver {
protected:
    /// Runs `main`, which must end in time.
    template <class F>
    void run(F main) {
        const no_descriptor_leak guard;
        auto limited = [&]() -> async<> { co_await patio::timeout(60s, main()); };
        patio::run(limited, options());
    }
    certificate_files files_;
};

PATIO_TEST_ON_EACH_DRIVER(peers);

/// Turns each line round.
async<> reverse_lines(stream peer) {
    for (;;) {
        const auto line = co_await peer.read_line();
        if (!line) break;
        const std::string back(line->rbegin(), line->rend());
        co_await peer.write(back, "\n");
        if (*line == "last") break;
    }
    co_await peer.close();
}

/// Serves one program that `arguments(port)` calls, and gives what it printed.
template <class F>
std::string serve_program(patio::run_options options, const server_context& context, F arguments) {
    std::optional<child_process> client;
    auto serve = [&]() -> async<> {
        patio::event is_served;
        auto handler = [&](stream peer) -> async<> {
            co_await reverse_lines(std::move(peer));
            is_served.set();
        };
        const auto where = endpoint::parse("127.0.0.1:0");
        auto starting = patio::start_server(handler, where, serve_options{}.tls(context));
        patio::server server = co_await std::move(starting);
        client.emplace(program(arguments(std::to_string(server.port()))));
        co_await patio::timeout(60s, is_served.wait());
        server.stop();
        co_await server.wait_closed();
    };
    patio::run(serve, options);
    client->wait();
    EXPECT_EQ(client->exit_status(), 0) << client->output();
    return client->output();
}

TEST_P(peers, openssl_s_client_speaks_to_our_server) {
    for (const std::string flag : {"-tls1_2", "-tls1_3"}) {
        const std::string output =
            serve_program(options(), example_server(), [&](const std::string& port) {
                return std::vector<std::string>{
                    "sh", "-c",
                    "printf 'hello\\nlast\\n' | openssl s_client -quiet " + flag +
                        " -connect 127.0.0.1:" + port + " -CAfile " + files_.ca() +
                        " -servername example.org -verify_hostname example.org "
                        "-verify_return_error"};
            });
        EXPECT_THAT(output, HasSubstr("olleh\n"));
        EXPECT_THAT(output, HasSubstr("tsal\n"));
        EXPECT_THAT(output, Not(HasSubstr("unexpected eof")));
    }
}

TEST_P(peers, python_speaks_to_our_server) {
    const std::string script = R"(
import socket, ssl, sys
context = ssl.create_default_context(cafile=sys.argv[2])
context.set_alpn_protocols(["http/1.1", "lines"])
with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as plain:
    with context.wrap_socket(plain, server_hostname="example.org",
                             suppress_ragged_eofs=False) as encrypted:
        encrypted.sendall(b"hello\n" + b"x" * 50000 + b"\nlast\n")
        received = b""
        while part := encrypted.recv(65536):
            received += part
        assert received == b"olleh\n" + b"x" * 50000 + b"\ntsal\n", received
        print(encrypted.version(), encrypted.selected_alpn_protocol())
        encrypted.unwrap()
)";
    const std::string output = serve_program(
        options(), example_server().set_alpn_protocols({"lines"}), [&](const std::string& port) {
            return std::vector<std::string>{"python3", "-c", script, port, files_.ca()};
        });
    EXPECT_EQ(output, "TLSv1.3 lines\n");
}

TEST_P(peers, our_client_speaks_to_openssl_s_server) {
    for (const version highest : {version::tls1_2, version::tls1_3}) {
        child_process server{program({"openssl", "s_server", "-accept", "127.0.0.1:0", "-rev",
                                      "-cert", files_.certificate(), "-key", files_.key()})};
        const std::uint16_t port = port_behind(server, "ACCEPT 127.0.0.1:");
        run([&]() -> async<> {
            const auto context = trusting_client().maximum_version(highest);
            for (int round = 0; round < 2; ++round) {
                auto opening =
                    patio::open_connection("127.0.0.1", port, connect_options{}.tls(context));
                stream peer = co_await std::move(opening);
                co_await peer.write("hello\n");
                const auto line = co_await peer.read_line();
                EXPECT_EQ(line, "olleh");
                EXPECT_EQ(info_of(peer)->is_resumed, round == 1);
                co_await peer.write("CLOSE\n");  // it closes its side then
                const std::string rest = co_await peer.read_all();
                EXPECT_EQ(rest, "");
                co_await peer.close();
            }
        });
    }
}

TEST_P(peers, our_client_speaks_to_pythons_asyncio) {
    const std::string script = R"(
import asyncio, ssl, sys
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
async def reverse(reader, writer):
    while line := await reader.readline():
        writer.write(line[:-1][::-1] + b"\n")
        await writer.drain()
    writer.close()
    await writer.wait_closed()
async def main():
    server = await asyncio.start_server(reverse, "127.0.0.1", 0, ssl=context, limit=1 << 20)
    print("port", server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
)";
    child_process server{program({"python3", "-c", script, files_.certificate(), files_.key()})};
    const std::uint16_t port = port_behind(server, "port ");
    run([&]() -> async<> {
        const auto context = trusting_client();
        auto opening = patio::open_connection("127.0.0.1", port);
        stream peer = co_await std::move(opening);
        co_await peer.start_tls(context, "www.example.org");
        const std::string sent(300'000, 'x');
        co_await peer.write("a", sent, "b\n");
        std::string line = co_await peer.read_exactly(sent.size() + 3);
        EXPECT_EQ(line, "b" + sent + "a\n");
        co_await peer.close();  // asyncio answers the goodbye
    });
}

TEST_P(peers, our_client_refuses_a_wrong_host_of_openssl_s_server) {
    child_process server{program({"openssl", "s_server", "-accept", "127.0.0.1:0", "-rev", "-cert",
                                  files_.certificate(), "-key", files_.key()})};
    const std::uint16_t port = port_behind(server, "ACCEPT 127.0.0.1:");
    run([&]() -> async<> {
        auto opening = patio::open_connection("127.0.0.1", port);
        stream peer = co_await std::move(opening);
        const failure met = co_await failure_of(trusting_client().start(peer, "other.test"));
        EXPECT_THAT(met.what, HasSubstr("certificate verify failed: hostname mismatch for other"));
        EXPECT_TRUE(peer.is_closed());
    });
}

TEST_P(peers, a_connection_with_tls_by_default_trusts_the_system) {
    ::setenv("SSL_CERT_FILE", files_.ca().c_str(), 1);  // read once, for the first such connection
    run([&]() -> async<> {
        const server_context context = example_server();
        const auto where = endpoint::parse("127.0.0.1:0");
        auto starting = patio::start_server(reverse_lines, where, serve_options{}.tls(context));
        patio::server server = co_await std::move(starting);
        auto opening =
            patio::open_connection("127.0.0.1", server.port(), connect_options{}.tls(true));
        stream peer = co_await std::move(opening);
        co_await peer.write("hello\n");
        const auto line = co_await peer.read_line();
        EXPECT_EQ(line, "olleh");
        EXPECT_EQ(info_of(peer)->peer_certificate->names.front(), "example.org");
        co_await peer.close();
        server.stop();
        co_await server.wait_closed();
    });
}

TEST_P(peers, bytes_flow_both_ways_at_once_over_sockets) {
    run([&]() -> async<> {
        const server_context context = example_server();
        const auto client = trusting_client();
        const std::string all(3'000'000, 'y');
        auto both = [&](stream peer) -> async<> {
            auto send = [&]() -> async<> {
                co_await peer.write(all);
                co_await peer.shutdown();
            };
            auto receive = [&]() -> async<> {
                const std::string got = co_await peer.read_all();
                EXPECT_TRUE(got == all) << got.size();
            };
            co_await patio::gather(send(), receive());
            co_await peer.close();
        };
        const auto where = endpoint::parse("127.0.0.1:0");
        auto starting = patio::start_server(both, where, serve_options{}.tls(context));
        patio::server server = co_await std::move(starting);
        auto opening =
            patio::open_connection("127.0.0.1", server.port(), connect_options{}.tls(client));
        stream peer = co_await std::move(opening);
        co_await both(std::move(peer));
        server.stop();
        co_await server.wait_closed();
    });
}

}  // namespace
