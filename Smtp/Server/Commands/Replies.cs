namespace Slimta.Smtp.Server;

/// <summary>What the server says on its own.</summary>
internal static class Replies
{
    public static readonly SmtpReply Ok = new(250, "2.0.0", "Ok");
    public static readonly SmtpReply Bye = new(221, "2.0.0", "Bye");
    public static readonly SmtpReply CannotVerify = new(252, "2.0.0", "Cannot tell; send mail to it and see");
    public static readonly SmtpReply StartMail = new(354, null, "End data with <CR><LF>.<CR><LF>");
    public static readonly SmtpReply StartTls = new(220, "2.0.0", "Ready for TLS");
    public static readonly SmtpReply Authenticated = new(235, "2.7.0", "Authenticated");
    public static readonly SmtpReply Chunk = new(250, "2.0.0", "Ok");

    public static readonly SmtpReply TimedOut = new(421, "4.4.2", "Timed out; closing");
    public static readonly SmtpReply Stopping = new(421, "4.3.2", "The server is stopping; try again later");
    public static readonly SmtpReply Busy = new(421, "4.3.2", "Too many connections; try again later");
    public static readonly SmtpReply BusyAddress = new(421, "4.7.0", "Too many connections from your address; try again later");
    public static readonly SmtpReply TooManyErrors = new(421, "4.7.0", "Too many errors; closing");
    public static readonly SmtpReply TooManyCommands = new(421, "4.7.0", "Too many commands; closing");
    public static readonly SmtpReply InternalError = new(451, "4.3.0", "Something went wrong here; try again later");
    public static readonly SmtpReply LoginLater = new(454, "4.7.0", "Your login cannot be checked now; try again later");
    public static readonly SmtpReply TooManyRecipients = new(452, "4.5.3", "Too many recipients; send the rest in another message");

    public static readonly SmtpReply Unknown = new(500, "5.5.1", "Command not known");
    public static readonly SmtpReply LineTooLong = new(500, "5.5.6", "Line too long; closing");
    public static readonly SmtpReply BadLine = new(500, "5.5.2", "Lines end with CRLF and have no control characters; closing");
    public static readonly SmtpReply BadArgument = new(501, "5.5.4", "Argument not understood");
    public static readonly SmtpReply NoArgument = new(501, "5.5.4", "No argument is allowed here");
    public static readonly SmtpReply BadHelo = new(501, "5.5.4", "Name yourself: a domain or an address literal");
    public static readonly SmtpReply BadChunk = new(501, "5.5.4", "BDAT wants a size and perhaps LAST; closing");
    public static readonly SmtpReply BadSender = new(501, "5.1.7", "Sender's address not understood");
    public static readonly SmtpReply BadRecipient = new(501, "5.1.3", "Recipient's address not understood");
    public static readonly SmtpReply NotImplemented = new(502, "5.5.1", "Not offered");
    public static readonly SmtpReply AlreadyTls = new(503, "5.5.1", "TLS is on already");
    public static readonly SmtpReply AlreadyAuthenticated = new(503, "5.5.1", "You are authenticated already");
    public static readonly SmtpReply BadMechanism = new(504, "5.5.4", "Mechanism not known");
    public static readonly SmtpReply Cancelled = new(501, "5.7.0", "Authentication cancelled");
    public static readonly SmtpReply BadBase64 = new(501, "5.5.2", "Not base64, or not what the mechanism wants");
    public static readonly SmtpReply BadCredentials = new(535, "5.7.8", "User not known or password wrong");
    public static readonly SmtpReply TlsFirst = new(538, "5.7.11", "Send STARTTLS first");
    public static readonly SmtpReply TooLarge = new(552, "5.3.4", "Message too large");
    public static readonly SmtpReply NeedsUtf8 = new(553, "5.6.7", "This address needs SMTPUTF8");
    public static readonly SmtpReply BareLineEnd = new(554, "5.6.0", "Lines end with CRLF, and nothing else may have a CR or LF; closing");
    public static readonly SmtpReply BareLineEndInChunk = new(554, "5.6.0", "Lines end with CRLF, and nothing else may have a CR or LF");
    public static readonly SmtpReply ContentLineTooLong = new(554, "5.6.0", "A line of the message is too long");
    public static readonly SmtpReply TooEarly = new(554, "5.5.0", "You spoke before you were greeted; closing");
    public static readonly SmtpReply TooEarlyForTls = new(554, "5.5.1", "Nothing may follow STARTTLS; closing");
    public static readonly SmtpReply Foreign = new(554, "5.5.1", "This is SMTP; closing");
    public static readonly SmtpReply UnknownParameter = new(555, "5.5.4", "Parameter not known, or not with this value");
}
