// SPDX-License-Identifier: MIT

// An authority of one's own: the server proves who it is, and so does the client.

#include <patio/patio.hpp>

#include <cstdio>
#include <stdexcept>
#include <string>
#include <utility>

/// A key and a certificate that the authority in the directory has signed, or its own.
patio::async<> make_certificate(std::string directory, std::string name, std::string extension) {
    const std::string path = directory + "/" + name;
    patio::process_options making{
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"};
    making.argument("-nodes").argument("-subj").argument("/CN=" + name);
    making.argument("-addext").argument(std::move(extension));
    making.argument("-keyout").argument(path + ".key").argument("-out").argument(path + ".pem");
    if (name != "authority") {
        making.argument("-CA").argument(directory + "/authority.pem");
        making.argument("-CAkey").argument(directory + "/authority.key");
    }
    const patio::process_output done = co_await patio::run_process(making);
    if (!done.status.success()) throw std::runtime_error{"openssl: " + done.err};
}

patio::async<> greet(patio::stream peer) {
    const auto info = patio::tls::info_of(peer);
    co_await peer.write("hello ", info->peer_certificate->subject, " over ", info->alpn, "\n");
    co_await peer.close();
}

patio::async<> visit(patio::endpoint at, patio::tls::client_context context) {
    try {
        patio::stream server = co_await patio::open_connection(at);
        co_await server.start_tls(context, "localhost");
        const auto line = co_await server.read_line();
        std::printf("%s\n", line ? line->c_str() : "nothing");
        co_await server.close();
    } catch (const patio::tls::tls_error& refusal) {
        std::printf("%s\n", refusal.what());
    }
}

patio::async<> demonstrate(std::string directory) {
    co_await make_certificate(directory, "authority", "keyUsage=keyCertSign");
    co_await make_certificate(directory, "server", "subjectAltName=DNS:localhost");
    co_await make_certificate(directory, "alice", "extendedKeyUsage=clientAuth");

    patio::tls::server_context ours;
    ours.load_cert_chain(directory + "/server.pem", directory + "/server.key");
    ours.load_verify_file(directory + "/authority.pem");
    ours.verify(patio::tls::verify_mode::required).set_alpn_protocols({"greetings/1"});

    patio::tls::client_context stranger;
    stranger.load_verify_file(directory + "/authority.pem").set_alpn_protocols({"greetings/1"});
    patio::tls::client_context alice;
    alice.load_verify_file(directory + "/authority.pem").set_alpn_protocols({"greetings/1"});
    alice.load_cert_chain(directory + "/alice.pem", directory + "/alice.key");

    auto door = patio::listener::open(patio::endpoint::parse("127.0.0.1:0"));
    const patio::endpoint at = door.local_endpoint();
    const auto body = [&](patio::task_group& group) -> patio::async<> {
        group.spawn(patio::serve(std::move(door), greet, patio::serve_options{}.tls(ours)));
        co_await visit(at, alice);
        co_await visit(at, stranger);
        group.cancel();
    };
    co_await patio::with_task_group(body);
}

int main() { patio::run(patio::with_temp_directory(demonstrate)); }
