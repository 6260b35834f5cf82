// SPDX-License-Identifier: MIT

// Asks an encrypted server for its front page and tells what its certificate says:
// 18_tls_client HOST [PORT]. Without an argument it talks to a server of its own.

#include <patio/patio.hpp>

#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <utility>

patio::async<> ask(std::string host, std::uint16_t port, patio::tls::client_context context) {
    auto connecting = patio::open_connection(host, port, patio::connect_options{}.tls(context));
    patio::stream server = co_await std::move(connecting);
    if (const auto info = patio::tls::info_of(server)) {
        std::printf("%s, certificate of %s\n", info->version.c_str(),
                    info->peer_certificate->subject.c_str());
    }
    co_await server.write("GET / HTTP/1.0\r\nHost: ", host, "\r\n\r\n");
    if (auto line = co_await server.read_line()) std::printf("%s\n", line->c_str());
    co_await server.close();  // says goodbye: the server knows that nothing was cut off
}

patio::async<> answer(patio::stream peer) {
    co_await peer.read_until("\r\n\r\n");
    co_await peer.write("HTTP/1.0 200 OK\r\n\r\nhello\n");
    co_await peer.close();
}

/// A certificate for "localhost" that nobody has signed.
patio::async<> make_certificate(std::string directory) {
    auto running = patio::run_process(
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
        "-nodes", "-subj", "/CN=a server of our own", "-addext", "subjectAltName=DNS:localhost",
        "-keyout", directory + "/key.pem", "-out", directory + "/cert.pem");
    const patio::process_output done = co_await std::move(running);
    if (!done.status.success()) throw std::runtime_error{"openssl: " + done.err};
}

patio::async<> demonstrate(std::string directory) {
    co_await make_certificate(directory);
    patio::tls::server_context ours;
    ours.load_cert_chain(directory + "/cert.pem", directory + "/key.pem");
    auto door = patio::listener::open(patio::endpoint::parse("127.0.0.1:0"));
    const std::uint16_t port = door.local_endpoint().port();

    const auto talk = [&](patio::task_group& group) -> patio::async<> {
        group.spawn(patio::serve(std::move(door), answer, patio::serve_options{}.tls(ours)));
        try {  // as every client does at first, this one trusts the system's authorities
            co_await ask("localhost", port, patio::tls::client_context{});
        } catch (const patio::tls::certificate_error& refusal) {
            std::printf("%s\n", refusal.what());
        }
        patio::tls::client_context trusting;
        trusting.load_verify_file(directory + "/cert.pem");
        co_await ask("localhost", port, trusting);
        group.cancel();
    };
    co_await patio::with_task_group(talk);
}

int main(int argc, char** argv) {
    try {
        if (argc >= 2) {
            const int port = argc > 2 ? std::stoi(argv[2]) : 443;
            patio::run(ask(argv[1], static_cast<std::uint16_t>(port), {}));
        } else {
            patio::run(patio::with_temp_directory(demonstrate));
        }
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "%s\n", failure.what());
        return 1;
    }
}
