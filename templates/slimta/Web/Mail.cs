namespace MyMail.Web;

public sealed record Mail(string From, string[] To, string Subject, string Text);
