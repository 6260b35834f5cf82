// SPDX-License-Identifier: MIT
#pragma once

// All of HTTP. It is not in <patio/patio.hpp>: programs without it shall compile faster.

#include <patio/http/body.hpp>
#include <patio/http/cookies.hpp>
#include <patio/http/handler.hpp>
#include <patio/http/headers.hpp>
#include <patio/http/percent_encoding.hpp>
#include <patio/http/query_params.hpp>
#include <patio/http/request.hpp>
#include <patio/http/response.hpp>
#include <patio/http/serve_options.hpp>
#include <patio/http/server.hpp>
#include <patio/http/status.hpp>
#include <patio/http/url.hpp>
