"""Calls a running simulator with Alibaba Cloud's official SDKs, unchanged, over plain HTTP.

    python -m venv venv && venv/bin/pip install -r tests/sdk/requirements.txt
    foghorn simulate --listen 127.0.0.1:9848 --rate 1000 &
    venv/bin/python tests/sdk/check.py 127.0.0.1:9848

Both generations of the SDKs are used: the older signs with version 1.0 (HMAC-SHA1), the newer
with version 3 (ACS3-HMAC-SHA256). Prints what was checked; exits with 1 at the first mismatch.
The simulator needs its built-in scenario and the key testid, testsecret.
"""

import json
import sys
from datetime import datetime, timedelta, timezone

from alibabacloud_cdn20180510 import models as cdn_models
from alibabacloud_cdn20180510.client import Client as CdnClient
from alibabacloud_dcdn20180115 import models as dcdn_models
from alibabacloud_dcdn20180115.client import Client as DcdnClient
from alibabacloud_tea_openapi.models import Config
from aliyunsdkcdn.request.v20180510.DescribeDomainRealTimeSrcHttpCodeDataRequest import (
    DescribeDomainRealTimeSrcHttpCodeDataRequest,
)
from aliyunsdkcdn.request.v20180510.DescribeUserDomainsRequest import DescribeUserDomainsRequest
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.client import AcsClient

DOMAIN = "www.example.com"
STAMP = "%Y-%m-%dT%H:%M:%SZ"


def expect(name, found, wanted):
    """Says that a check holds, or ends the program."""
    if found != wanted:
        sys.exit(f"FAILED {name}: found {found!r}, wanted {wanted!r}")
    print(f"ok     {name}")


def span():
    """Returns ten minutes that are final, as the API writes times."""
    end = datetime.now(timezone.utc).replace(second=0, microsecond=0) - timedelta(minutes=20)
    return (end - timedelta(minutes=10)).strftime(STAMP), end.strftime(STAMP)


def proportions(body):
    """Returns the proportions by minute and code of an answer in its JSON form."""
    points = body["RealTimeSrcHttpCodeData"]["UsageData"]
    return {
        point["TimeStamp"]: {
            part["Code"]: part["Proportion"]
            for part in point["Value"].get("RealTimeSrcCodeProportionData", [])
        }
        for point in points
    }


def check_v1(host, port, method):
    """Checks the older SDK, with this HTTP method. Returns what it was told of ten minutes."""

    def client(secret="testsecret", key="testid"):
        return AcsClient(key, secret, "cn-hangzhou", port=port, auto_retry=False)

    def ask(sdk, request):
        request.set_endpoint(host)
        request.set_method(method)
        request.set_accept_format("json")
        return json.loads(sdk.do_action_with_exception(request))

    def code(sdk, change):
        request = DescribeDomainRealTimeSrcHttpCodeDataRequest()
        request.set_DomainName(DOMAIN)
        change(request)
        try:
            ask(sdk, request)
        except ServerException as error:
            return error.get_error_code(), error.get_http_status()
        return None

    request = DescribeDomainRealTimeSrcHttpCodeDataRequest()
    request.set_DomainName(DOMAIN)
    start, end = span()
    request.set_StartTime(start)
    request.set_EndTime(end)
    found = proportions(ask(client(), request))
    expect(f"V1 {method}: ten minutes", len(found), 10)

    last_hour = DescribeDomainRealTimeSrcHttpCodeDataRequest()
    last_hour.set_DomainName(DOMAIN)
    minutes = len(proportions(ask(client(), last_hour)))
    expect(f"V1 {method}: the last hour without times", 50 <= minutes <= 60, True)

    listed = ask(client(), DescribeUserDomainsRequest())["Domains"]["PageData"]
    names = [domain["DomainName"] for domain in listed]
    expect(f"V1 {method}: the domains of the account", DOMAIN in names, True)

    for name, sdk, change, wanted in [
        ("an unknown domain", client(), lambda r: r.set_DomainName("x.invalid"),
         ("InvalidDomain.NotFound", 404)),
        ("one time alone", client(), lambda r: r.set_StartTime(start), ("MissingParameter", 400)),
        # The SDK says so itself when the server's string to sign is its own.
        ("a wrong secret", client(secret="other"), lambda r: None,
         ("InvalidAccessKeySecret", 400)),
        ("a wrong key", client(key="other"), lambda r: None,
         ("InvalidAccessKeyId.NotFound", 404)),
    ]:
        expect(f"V1 {method}: {name}", code(sdk, change), wanted)
    return found


def check_v3(name, client_type, data, request_type, domains, domains_request):
    """Checks the newer SDK of a product. Returns what it was told of ten minutes."""
    endpoint = sys.argv[1]

    def client(secret="testsecret", key="testid"):
        return client_type(
            Config(
                access_key_id=key,
                access_key_secret=secret,
                endpoint=endpoint,
                protocol="http",
                region_id="cn-hangzhou",
            )
        )

    def code(sdk, request):
        try:
            getattr(sdk, data)(request)
        except Exception as error:  # the SDK has several classes for the same
            return getattr(error, "code", repr(error))
        return None

    start, end = span()
    request = request_type(domain_name=DOMAIN, start_time=start, end_time=end)
    found = proportions(getattr(client(), data)(request).body.to_map())
    expect(f"V3 {name}: ten minutes", len(found), 10)

    last_hour = getattr(client(), data)(request_type(domain_name=DOMAIN)).body.to_map()
    minutes = len(proportions(last_hour))
    expect(f"V3 {name}: the last hour without times", 50 <= minutes <= 60, True)

    listed = getattr(client(), domains)(domains_request()).body.to_map()["Domains"]["PageData"]
    names = [domain["DomainName"] for domain in listed]
    expect(f"V3 {name}: the domains of the account", DOMAIN in names, True)

    for what, sdk, request, wanted in [
        ("an unknown domain", client(), request_type(domain_name="x.invalid"),
         "InvalidDomain.NotFound"),
        ("one time alone", client(), request_type(domain_name=DOMAIN, end_time=end),
         "MissingParameter"),
        ("a wrong secret", client(secret="other"), request_type(domain_name=DOMAIN),
         "SignatureDoesNotMatch"),
        ("a wrong key", client(key="other"), request_type(domain_name=DOMAIN),
         "InvalidAccessKeyId.NotFound"),
    ]:
        expect(f"V3 {name}: {what}", code(sdk, request), wanted)
    return found


def main():
    """Runs all checks against the simulator at HOST:PORT."""
    if len(sys.argv) != 2 or ":" not in sys.argv[1]:
        sys.exit("usage: check.py HOST:PORT")
    host, port = sys.argv[1].rsplit(":", 1)
    told = [check_v1(host, int(port), method) for method in ("GET", "POST")]
    told.append(
        check_v3(
            "CDN",
            CdnClient,
            "describe_domain_real_time_src_http_code_data",
            cdn_models.DescribeDomainRealTimeSrcHttpCodeDataRequest,
            "describe_user_domains",
            cdn_models.DescribeUserDomainsRequest,
        )
    )
    told.append(
        check_v3(
            "DCDN",
            DcdnClient,
            "describe_dcdn_domain_real_time_src_http_code_data",
            dcdn_models.DescribeDcdnDomainRealTimeSrcHttpCodeDataRequest,
            "describe_dcdn_user_domains",
            dcdn_models.DescribeDcdnUserDomainsRequest,
        )
    )
    common = set.intersection(*(set(minutes) for minutes in told))
    told = [{minute: one[minute] for minute in common} for one in told]
    expect("all were told the same", all(one == told[0] for one in told), True)
    expect("of minutes that there are", 9 <= len(common), True)


main()
