// SPDX-License-Identifier: MIT

// The HTTP server on Boost.Beast, with callbacks on one thread: Beast's own asynchronous example,
// with an executor that is known when it is compiled. A request may take half a minute.
//
//     bench_http_beast http PAGE [FILE] | https PAGE CERTIFICATE KEY | --about

#include "pages.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/version.hpp>

#include <chrono>
#include <cstdio>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;
using executor = asio::io_context::executor_type;
using plain_stream = beast::basic_stream<tcp, executor>;
using tls_stream = beast::ssl_stream<plain_stream>;

constexpr std::chrono::seconds request_time{30};

std::string file_path;

/// Written anew once a second.
std::string_view date_now() {
    static std::time_t written = 0;
    static char text[64];
    const std::time_t now = std::time(nullptr);
    if (now != written) {
        written = now;
        std::tm parts{};
        (void)std::strftime(text, sizeof text, "%a, %d %b %Y %T GMT", gmtime_r(&now, &parts));
    }
    return text;
}

template <class Message>
void describe(Message& message, bool keeps_alive, std::string_view type) {
    const std::string_view date = date_now();
    message.set(http::field::date, beast::string_view{date.data(), date.size()});
    message.set(http::field::content_type, beast::string_view{type.data(), type.size()});
    message.keep_alive(keeps_alive);
    message.prepare_payload();
}

/// One connection, kept alive by the operation that is under way.
template <class Stream>
class session : public std::enable_shared_from_this<session<Stream>> {
public:
    template <class... Args>
    explicit session(tcp::socket::rebind_executor<executor>::other socket, Args&... args)
        : stream_{plain_stream{std::move(socket)}, args...} {}

    void run() {
        if constexpr (std::is_same_v<Stream, tls_stream>) {
            lowest().expires_after(request_time);
            stream_.async_handshake(asio::ssl::stream_base::server,
                                    [self = this->shared_from_this()](beast::error_code failure) {
                                        if (!failure) self->read();
                                    });
        } else {
            read();
        }
    }

private:
    plain_stream& lowest() { return beast::get_lowest_layer(stream_); }

    void read() {
        request_ = {};
        lowest().expires_after(request_time);
        http::async_read(stream_, buffer_, request_,
                         [self = this->shared_from_this()](beast::error_code failure, std::size_t) {
                             if (!failure) self->answer();
                         });
    }

    void answer() {
        const auto target = request_.target();
        if (target == "/plaintext") {
            send_text(http::status::ok, "text/plain; charset=utf-8", pages::plaintext);
        } else if (target == "/json") {
            send_text(http::status::ok, "application/json", pages::json);
        } else if (target == "/file") {
            send_file();
        } else {
            send_text(http::status::not_found, "text/plain", "");
        }
    }

    void send_text(http::status status, std::string_view type, std::string_view text) {
        text_.emplace(status, request_.version());
        text_->body() = text;
        describe(*text_, request_.keep_alive(), type);
        send(*text_);
    }

    void send_file() {
        beast::error_code failure;
        http::file_body::value_type file;
        file.open(file_path.c_str(), beast::file_mode::scan, failure);
        if (failure) return send_text(http::status::not_found, "text/plain", "");
        file_.emplace(http::status::ok, request_.version());
        file_->body() = std::move(file);
        describe(*file_, request_.keep_alive(), "application/octet-stream");
        send(*file_);
    }

    template <class Message>
    void send(Message& message) {
        http::async_write(stream_, message,
                          [self = this->shared_from_this(), keeps_alive = message.keep_alive()](
                              beast::error_code failure, std::size_t) {
                              if (!failure && keeps_alive) self->read();
                          });
    }

    Stream stream_;
    beast::flat_buffer buffer_;
    http::request<http::empty_body> request_;
    std::optional<http::response<http::string_body>> text_;
    std::optional<http::response<http::file_body>> file_;
};

class server {
public:
    server(asio::io_context& context, asio::ssl::context* tls)
        : acceptor_{context, {asio::ip::address_v4::loopback(), 0}}, tls_{tls} {
        acceptor_.listen(4096);
        std::printf("listening %d\n", int{acceptor_.local_endpoint().port()});
        std::fflush(stdout);
        accept();
    }

private:
    using acceptor = asio::basic_socket_acceptor<tcp, executor>;
    using socket = tcp::socket::rebind_executor<executor>::other;

    void accept() {
        acceptor_.async_accept([this](beast::error_code failure, socket taken) {
            if (!failure) begin(std::move(taken));
            accept();
        });
    }

    void begin(socket taken) {
        taken.set_option(tcp::no_delay{true});
        if (tls_ != nullptr) {
            std::make_shared<session<tls_stream>>(std::move(taken), *tls_)->run();
        } else {
            std::make_shared<session<plain_stream>>(std::move(taken))->run();
        }
    }

    acceptor acceptor_;
    asio::ssl::context* tls_;
};

}  // namespace

int main(int argc, char** argv) {
    const std::string_view scheme = argc > 1 ? argv[1] : "";
    if (scheme == "--about") {
        std::printf("Boost.Beast of Boost %d.%d\n", BOOST_VERSION / 100'000,
                    BOOST_VERSION / 100 % 1'000);
        return 0;
    }
    asio::io_context context{1};
    asio::ssl::context tls{asio::ssl::context::tls_server};
    const bool is_secure = scheme == "https" && argc == 5;
    if (is_secure) {
        tls.use_certificate_chain_file(argv[3]);
        tls.use_private_key_file(argv[4], asio::ssl::context::pem);
    } else if (scheme != "http" || argc < 3 || argc > 4) {
        return 3;
    }
    if (!is_secure && argc == 4) file_path = argv[3];
    const server serving{context, is_secure ? &tls : nullptr};
    context.run();
}
