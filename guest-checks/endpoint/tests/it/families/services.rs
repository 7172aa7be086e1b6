//! Errors of model hubs, buckets and paid APIs.

use super::Examples;

pub(super) const SERVICES: &[Examples] = &[
    (
        "hub-xet",
        &[
            "Data processing error: CAS service error : ReqwestMiddleware Error: Request failed after 5 retries",
            "RuntimeError: Data processing error: Task runtime error: Background writer channel closed",
            "HTTPSConnectionPool(host='cas-bridge.xethub.hf.co', port=443): Read timed out.",
        ],
    ),
    (
        "retried-download",
        &[
            "Error while downloading from https://huggingface.co/acme/a: The read operation timed out",
            "Trying to resume download...",
            "WARNING: Retrying (Retry(total=4)) after connection broken by 'ReadTimeoutError(\"Read timed out.\")'",
        ],
    ),
    (
        "no-network",
        &[
            "OSError: [Errno 101] Network is unreachable",
            "<urlopen error [Errno -3] Temporary failure in name resolution>",
            "curl: (6) Could not resolve host: models.example",
        ],
    ),
    (
        "hub-rate-limit",
        &[
            "429 Client Error: Too Many Requests for url: https://huggingface.co/acme/b",
            "you exceeded the rate limit of huggingface.co",
            "https://civitai.com/api/download/models/1: status 429",
            "2026-11-20 12:00:01 ERROR 429: Too Many Requests.",
        ],
    ),
    (
        "hub-access",
        &[
            "401 Client Error. Cannot access gated repo for url https://huggingface.co/a/b/resolve/main/config.json.",
            "Access to model black-forest-labs/FLUX.1-dev is restricted.",
            "https://civitai.com/api/download/models/1 returned 401 Unauthorized",
            "OSError: acme/b is not a local folder and is not a valid model identifier listed on the hub",
            "Your request to access model acme/b is awaiting a review from the repo authors.",
        ],
    ),
    (
        "hub-offline",
        &[
            "We couldn't connect to 'https://huggingface.co' to load this file",
            "huggingface_hub.errors.LocalEntryNotFoundError: cannot find it",
            "OfflineModeIsEnabled: cannot reach https://hf.example: offline mode is enabled",
            "Cannot find an appropriate cached snapshot folder and outgoing traffic has been disabled",
        ],
    ),
    (
        "hub-missing",
        &[
            "OSError: Can't load tokenizer for 'google/t5-v1_1-xxl'. If you were trying to load it from a hub, check the name",
            "404 Client Error. Entry Not Found for url: https://huggingface.co/acme/b/resolve/main/c.safetensors",
            "huggingface_hub.errors.EntryNotFoundError: no such file",
            "404 Client Error: Not Found for url: https://civitai.com/api/download/models/1",
        ],
    ),
    (
        "upload-clock",
        &[
            "An error occurred (RequestTimeTooSkewed) when calling the PutObject operation",
            "The difference between the request time and the current time is too large.",
            "botocore.exceptions.ClientError: (RequestExpired) the signature is 20 minutes old",
        ],
    ),
    (
        "upload-checksum",
        &[
            "An error occurred (NotImplemented) when calling the PutObject operation: STREAMING-UNSIGNED-PAYLOAD-TRAILER",
            "An error occurred (XAmzContentSHA256Mismatch) when calling the PutObject operation",
            "An error occurred (MissingContentLength) when calling the UploadPart operation",
            "Header 'x-amz-checksum-crc32' with value 'a' not implemented",
            "An error occurred (NotImplemented) when calling the UploadPart operation: header not implemented",
        ],
    ),
    (
        "upload-region",
        &[
            "An error occurred (PermanentRedirect) when calling the PutObject operation: The bucket you are attempting to access \
             must be addressed using the specified endpoint.",
            "(AuthorizationHeaderMalformed) when calling the CreateBucket operation: the region 'us-east-1' is wrong; expecting \
             'eu-central-1'",
            "An error occurred (IllegalLocationConstraintException) when calling the CreateBucket operation",
        ],
    ),
    (
        "upload-bucket",
        &[
            "An error occurred (NoSuchBucket) when calling the PutObject operation",
            "The specified bucket does not exist",
            "bucket '11-26' not found",
            "An error occurred (404) when calling the HeadBucket operation: Not Found",
            "Parameter validation failed: Invalid bucket name \"\"",
        ],
    ),
    (
        "upload-permission",
        &[
            "ClientError: An error occurred (AccessDenied) when calling the PutObject operation: Access Denied",
            "An error occurred (403) when calling the HeadBucket operation: Forbidden",
            "failed: (AllAccessDisabled) when calling CreateMultipartUpload, all access has been disabled",
        ],
    ),
    (
        "bucket-read",
        &[
            "ClientError: An error occurred (AccessDenied) when calling the GetObject operation: Access Denied",
            "An error occurred (404) when calling the HeadObject operation: Not Found",
            "failed: (NoSuchKey) when calling GetObject, the key does not exist",
        ],
    ),
    (
        "upload-limit",
        &[
            "An error occurred (SlowDown) when calling the UploadPart operation (reached max retries: 4)",
            "the server says: please reduce your request rate",
            "ClientError: (ServiceUnavailable) when calling PutObject, the service is overloaded",
        ],
    ),
    (
        "upload",
        &[
            "minio.error.S3Error: S3 operation failed; code: AccessDenied, message: Access Denied., resource: /out/a.png",
            "Error uploading a.png to S3: timeout",
            "Could not connect to the endpoint URL: \"https://bucket.example/\"",
            "botocore.exceptions.NoCredentialsError: Unable to locate credentials",
            "Read timeout on endpoint URL: \"https://bucket.example/a.png\"",
            "ValueError: Invalid endpoint: bucket.example",
        ],
    ),
    (
        "api-login",
        &[
            "Unauthorized: Please login first to use this node.",
            "the input has no comfy_org_api_key",
            "https://api.comfy.org/proxy/bfl answered 401",
        ],
    ),
    (
        "api-credits",
        &[
            "Payment Required: Please add credits to your account to use this node.",
            "insufficient credits for this request",
            "please add credits to your account",
        ],
    ),
    (
        "git",
        &[
            "fatal: unable to access 'https://github.com/a/b.git/': Could not resolve host: github.com",
            "fatal: could not create work tree dir 'ComfyUI': Permission denied",
            "error: RPC failed; curl 56 GnuTLS recv error (-9)",
            "fatal: repository 'https://github.com/a/b/' not found",
        ],
    ),
    (
        "certificates",
        &[
            "ssl.SSLCertVerificationError: certificate verify failed",
            "curl: (60) SSL certificate problem: unable to get local issuer certificate",
            "fatal: server certificate verification failed. CAfile: none CRLfile: none",
        ],
    ),
];
